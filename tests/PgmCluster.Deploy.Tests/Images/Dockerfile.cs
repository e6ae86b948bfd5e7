using System.Text.RegularExpressions;
using PgmCluster.TestSupport;

namespace PgmCluster.Deploy.Tests.Images;

/// <summary>What the tests need to know of docker/Dockerfile.</summary>
internal static partial class Dockerfile
{
    private static readonly string[] s_lines = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "docker", "Dockerfile"))
        .Replace("\\\n", " ").Split('\n');

    /// <summary>Stages by name, in order: what each is made from, and its instructions.</summary>
    public static IReadOnlyList<Stage> Stages { get; } = Read();

    public static Stage Get(string name) => Stages.Single(s => s.Name == name);

    /// <summary>The stage and those it is built on, itself first.</summary>
    public static IEnumerable<Stage> Line(string name)
    {
        for (var stage = Stages.FirstOrDefault(s => s.Name == name); stage
            is not null; stage = Stages.FirstOrDefault(s => s.Name == stage.From))
            yield return stage;
    }

    private static List<Stage> Read()
    {
        var stages = new List<Stage>();
        foreach (var line in s_lines)
        {
            if (From().Match(line) is { Success: true } from) stages.Add(new(from.Groups[2].Value, from.Groups[1].Value, []));
            else if (stages.Count > 0 && Instruction().Match(line) is { Success: true } i)
                stages[^1].Instructions.Add((i.Groups[1].Value, i.Groups[2].Value.Trim()));
        }
        return stages;
    }

    [GeneratedRegex(@"^FROM (\S+) AS (\S+)$")]
    private static partial Regex From();

    [GeneratedRegex(@"^([A-Z]+) (.*)$")]
    private static partial Regex Instruction();

    internal sealed record Stage(string Name, string From, List<(string Name, string Text)> Instructions);
}
