using System.Text.RegularExpressions;

namespace PgmCluster.Execution.Tests.Placement;

/// <summary>A libtorch operator's signature, such as "mm(Tensor self, Tensor mat2) -> Tensor".</summary>
/// <param name="Name">Without overload.</param>
/// <param name="Overload">Empty for the plain one.</param>
/// <param name="Arguments">Type of each argument, such as "Tensor?" or "int[2]", and the letter of what it may write to.</param>
/// <param name="Returns">The same of each result.</param>
internal sealed record OperatorSchema(
    string Name, string Overload, IReadOnlyList<(string Type, string? Alias)> Arguments,
    IReadOnlyList<(string Type, string? Alias)> Returns)
{
    private static readonly Regex Line = new(@"^([a-z_0-9]+)(?:\.([A-Za-z_0-9]+))?\((.*)\) -> (.*)$", RegexOptions.Compiled);
    private static readonly Regex Typed = new(
        @"^([A-Za-z]+)(\(([a-z])(?:!| -> \*|\|[a-z])*\))?((?:\[\d*\])?\??(?:\[\d*\])?\??)", RegexOptions.Compiled);

    // Numbers that may be of any type, generators and the like do not pass libtorch's C interface.
    private static readonly Regex Passes =
        new(
            @"^(Tensor|int|SymInt|bool|float)(\[\d*\])?\??$|^Tensor\?\[\]$|^(str|ScalarType|Layout|Device|MemoryFormat)\??$",
            RegexOptions.Compiled);

    public string FullName => Overload.Length == 0 ? Name : $"{Name}.{Overload}";

    /// <summary>A result that shares the memory of an argument; nothing is computed.</summary>
    public bool IsView { get; private init; }

    /// <summary>Writes into a tensor that is given for it, and gives it the result's shape.</summary>
    public bool IsOut => Overload == "out" || Overload.EndsWith("_out", StringComparison.Ordinal);

    public int Tensors =>
        Arguments.Count(a => a.Type.StartsWith("Tensor", StringComparison.Ordinal))
            + Arguments.Count(a => a.Type is "Tensor[]" or "Tensor?[]");

    /// <summary>Every argument and result passes libtorch's C interface.</summary>
    public bool CanBeReplaced => Arguments.All(a => Passes.IsMatch(a.Type)) && Returns.All(r => r.Type == "Tensor");

    /// <summary>Null where the text is none.</summary>
    public static OperatorSchema? TryParse(string text)
    {
        if (Line.Match(text) is not { Success: true } line) return null;
        var arguments = new List<(string, string?)>();
        foreach (var part in Split(line.Groups[3].Value))
        {
            if (part == "*") continue;
            if (Parse(part) is not { } argument) return null;
            arguments.Add(argument);
        }
        var returns = new List<(string, string?)>();
        var given = line.Groups[4].Value;
        foreach (var part in Split(given.StartsWith('(') ? given[1..^1] : given))
        {
            if (Parse(part) is not { } result) return null;
            returns.Add(result);
        }
        return new OperatorSchema(line.Groups[1].Value, line.Groups[2].Value, arguments, returns)
        {
            IsView = given.Contains("(a)", StringComparison.Ordinal) || given.Contains("(a|", StringComparison.Ordinal),
        };
    }

    private static (string, string?)? Parse(string part) =>
        Typed.Match(part) is { Success: true } m
            ? (m.Groups[1].Value + m.Groups[4].Value,
                m.Groups[3].Success && part.Contains('!', StringComparison.Ordinal) ? m.Groups[3].Value : null)
            : null;

    /// <summary>At commas outside brackets.</summary>
    private static IEnumerable<string> Split(string list)
    {
        var (depth, start) = (0, 0);
        for (var i = 0; i <= list.Length; i++)
        {
            if (i < list.Length && list[i] is '(' or '[') depth++;
            if (i < list.Length && list[i] is ')' or ']') depth--;
            if (i < list.Length && (list[i] != ',' || depth > 0)) continue;
            if (list[start..i].Trim() is { Length: > 0 } part) yield return part;
            start = i + 1;
        }
    }
}
