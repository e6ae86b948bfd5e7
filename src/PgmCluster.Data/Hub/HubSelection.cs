using System.IO.Enumeration;
using PgmCluster.Data.Formats;
using PgmCluster.Data.Names;

namespace PgmCluster.Data.Hub;

/// <summary>Which files of a repository are wanted.</summary>
/// <param name="Files">
/// Names, directories with a slash at their end, or patterns, in which * stands for any characters, slashes too, and ? for one; empty for
/// all. Hidden files, which are there for git, only where a name or pattern begins with their dot.
/// </param>
/// <param name="Exclude">What is left out of these, in the same way.</param>
/// <param name="Split">Leaves out the files that are named after another split; null for those of all splits.</param>
public sealed record HubSelection(IReadOnlyList<string> Files, IReadOnlyList<string> Exclude, string? Split)
{
    private const int MostNamed = 8;

    /// <summary>The wanted files, in the snapshot's order.</summary>
    /// <exception cref="BadInputException">A name or pattern meets no file, there is no such split, or nothing is left.</exception>
    public IReadOnlyList<HubFile> Of(HubSnapshot snapshot)
    {
        var what = $"Pulling {snapshot.Repository.Name} at {snapshot.Commit[..Math.Min(8, snapshot.Commit.Length)]}";
        foreach (var wanted in Files.Where(w => !snapshot.Files.Any(f => Matches(w, f.Path))))
            throw new BadInputException($"{what}: there is no file '{wanted}'. It holds {Named(snapshot.Files.Select(f => f.Path))}.");
        var files = snapshot.Files.Where(f => Files.Count == 0 ? !IsHidden(f.Path) : Files.Any(w => Matches(w, f.Path)))
            .Where(f => !Exclude.Any(e => Matches(e, f.Path))).ToList();
        if (Split is not null) files = OfSplit(files, what);
        return files.Count > 0 ? files
            : throw new BadInputException($"{what}: no file is left to pull. It holds {Named(snapshot.Files.Select(f => f.Path))}.");
    }

    private List<HubFile> OfSplit(List<HubFile> files, string what)
    {
        var splits = files.Select(f => SplitNames.Within(f.Path)).ToList();
        var wanted = SplitNames.Of(Split) ?? Split;
        if (!splits.Contains(wanted))
        {
            var known = splits.OfType<string>().Distinct().Order(StringComparer.Ordinal).ToList();
            throw new BadInputException(
                $"{what}: no file is named after a split '{Split}'. "
                + (known.Count > 0 ? $"There are {string.Join(", ", known)}." : "None is named after a split: leave out --split."));
        }
        // What belongs to no split describes them all.
        return [.. files.Where((_, i) => splits[i] is null || splits[i] == wanted)];
    }

    private static bool Matches(string wanted, string path) =>
        (!IsHidden(path) || wanted.Contains("/.", StringComparison.Ordinal) || wanted[0] == '.')
        && (wanted.EndsWith('/')
            ? path.StartsWith(wanted, StringComparison.Ordinal)
            : FileSystemName.MatchesSimpleExpression(wanted, path, ignoreCase: false));

    private static bool IsHidden(string path) => path[0] == '.' || path.Contains("/.", StringComparison.Ordinal);

    private static string Named(IEnumerable<string> paths)
    {
        var all = paths.Where(p => !IsHidden(p)).ToList();
        return all.Count == 0 ? "no files" : FewOf.List(all, MostNamed);
    }
}
