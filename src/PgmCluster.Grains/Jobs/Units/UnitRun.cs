using System.Text.Json.Serialization;
using PgmCluster.Contracts.State;

namespace PgmCluster.Grains.Jobs.Units;

/// <summary>Equal units of a job, in a row. So a job of any number of units says in a few lines which they are.</summary>
[GenerateSerializer, Immutable, Alias("pgm.UnitRun")]
public sealed record UnitRun
{
    /// <summary>Unit number i is called "name-0000i"; where it is empty, "i". The last unit has the name itself.</summary>
    [Id(0)] public required string Name { get; init; }

    [Id(1)] public required int Units { get; init; }

    /// <summary>Images in all of them together; 0 where they are not what is counted.</summary>
    [Id(2)] public int Images { get; init; }

    /// <summary>Images in each; the last of them may have fewer.</summary>
    [Id(3)] public int Size { get; init; }

    /// <summary>True for the one unit that waits for all others.</summary>
    [Id(4)] public bool Last { get; init; }

    /// <summary>Where units differ in size: the end of each among the images of the run; null where <see cref="Size"/> says it.</summary>
    [Id(5)] public IReadOnlyList<int>? Ends { get; init; }

    /// <summary>What a newer version has stored here; kept as it is.</summary>
    [JsonExtensionData]
    [field: NonSerialized]
    public UnknownMembers? Unknown { get; init; }

    /// <summary>So many units of <paramref name="size"/> images as it takes.</summary>
    public static UnitRun OfImages(string name, int images, int size) =>
        new() { Name = name, Units = (int)(((long)images + size - 1) / size), Images = images, Size = size };

    /// <summary>A unit for each part of the images.</summary>
    /// <param name="name">Of the run.</param>
    /// <param name="ends">Where each part ends.</param>
    public static UnitRun OfParts(string name, IReadOnlyList<int> ends) =>
        new() { Name = name, Units = ends.Count, Images = ends.Count == 0 ? 0 : ends[^1], Ends = ends };

    /// <summary>The unit that waits for all others.</summary>
    public static UnitRun AtLast(string name) => new() { Name = name, Units = 1, Last = true };

    /// <summary>The runs of parts as versions without units named them.</summary>
    internal static List<UnitRun> Of(IReadOnlyList<WorkPart> parts) =>
    [
        .. parts.Where(p => !p.Last).GroupBy(p => p.Name[..p.Name.LastIndexOf('-')])
            .Select(run => OfImages(run.Key, run.Sum(p => p.Images), run.First().Images)),
        .. parts.Where(p => p.Last).Select(p => AtLast(p.Name)),
    ];

    internal WorkUnit At(int index, int number)
    {
        var first = Ends is null ? (long)number * Size : number == 0 ? 0 : Ends[number - 1];
        var images = Ends is null ? Math.Min(Size, Math.Max(0, Images - first)) : Ends[number] - first;
        return new WorkUnit(index, Last ? Name : NameOf(Name, number), this, number, (int)first, (int)images);
    }

    /// <summary>The name of a unit that does not wait for the others.</summary>
    internal static string NameOf(string run, int number) => run.Length == 0 ? $"{number}" : $"{run}-{number:00000}";
}
