namespace PgmCluster.Data.Formats;

/// <summary>The names by which sources call their splits.</summary>
public static class SplitNames
{
    public const string Train = "train", Validation = "validation", Test = "test";

    private static readonly Dictionary<string, string> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        ["train"] = Train,
        ["training"] = Train,
        ["trn"] = Train,
        ["validation"] = Validation,
        ["val"] = Validation,
        ["valid"] = Validation,
        ["dev"] = Validation,
        ["test"] = Test,
        ["testing"] = Test,
    };

    /// <summary>Where a split stands among those of its source: training, validation, test, any other, none.</summary>
    public static int Rank(string? split) => split switch { Train => 0, Validation => 1, Test => 2, null => 4, _ => 3 };

    /// <summary>The split that a directory or file is named after; null where it is none.</summary>
    public static string? Of(ReadOnlySpan<char> name) => Known.GetValueOrDefault(name.ToString());

    /// <summary>
    /// The split that a part of a file's name names, such as "imagenet1k-validation-0003.tar" or "val/0001.tar"; null where none or several
    /// do.
    /// </summary>
    public static string? Within(string path)
    {
        var named = path.Split('/', '-', '_', '.').Select(part => Known.GetValueOrDefault(part)).Where(s => s is not null).Distinct()
            .ToList();
        return named.Count == 1 ? named[0] : null;
    }
}
