using PgmCluster.Contracts.Errors;

namespace PgmCluster.Contracts.Catalog;

/// <summary>What labels of jobs may be, and which jobs have them.</summary>
public static class JobLabels
{
    /// <summary>The most labels of a job.</summary>
    public const int Most = 16;

    /// <summary>The most letters of a label's key.</summary>
    public const int LongestKey = 63;

    /// <summary>The most letters of a label's value.</summary>
    public const int LongestValue = 200;

    /// <summary>What is wrong with labels, in one line that ends without a full stop; null where they can be a job's.</summary>
    /// <param name="labels">Null for none.</param>
    public static string? FaultOf(IReadOnlyDictionary<string, string>? labels)
    {
        if (labels is null) return null;
        if (labels.Count > Most) return $"there are {labels.Count} labels. Give at most {Most}";
        foreach (var (key, value) in labels)
        {
            if (!IsKey(key))
                return $"'{ForeignText.Of(key)}' cannot be a label's key. Use 1 to {LongestKey} letters, digits, dots, dashes, slashes and "
                    + "underscores, beginning with a letter or digit";
            if (value is null || value.Length > LongestValue || ForeignText.Of(value) != value)
                return $"the value of label '{key}' is not text of one line and at most {LongestValue} letters. Give such a one";
        }
        return null;
    }

    /// <summary>True where a job's labels have all that are wanted, each with its value.</summary>
    /// <param name="labels">The job's; null for none.</param>
    /// <param name="wanted">Null for none, which every job has.</param>
    public static bool Have(IReadOnlyDictionary<string, string>? labels, IReadOnlyDictionary<string, string>? wanted) =>
        wanted is null || wanted.All(w => labels is not null && labels.TryGetValue(w.Key, out var value) && value == w.Value);

    private static bool IsKey(string key) =>
        key.Length is > 0 and <= LongestKey && char.IsAsciiLetterOrDigit(key[0])
        && key.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '/' or '_');
}
