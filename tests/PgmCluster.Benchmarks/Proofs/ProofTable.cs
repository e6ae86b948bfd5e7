namespace PgmCluster.Benchmarks.Proofs;

/// <summary>What a proof has shown, a line each.</summary>
internal sealed class ProofTable
{
    private readonly List<(string What, string Found, bool? Holds)> _lines = [];

    /// <summary>No line failed.</summary>
    public bool Holds => _lines.All(l => l.Holds != false);

    /// <summary>Adds a claim.</summary>
    /// <param name="what">The claim.</param>
    /// <param name="found">What was found.</param>
    /// <param name="holds">Whether that is what is claimed.</param>
    public void Add(string what, string found, bool holds) => _lines.Add((what, found, holds));

    /// <summary>Adds a figure that claims nothing.</summary>
    public void Note(string what, string found) => _lines.Add((what, found, null));

    /// <summary>Prints all lines.</summary>
    public void Print(TextWriter output)
    {
        var width = _lines.Max(l => l.What.Length);
        foreach (var (what, found, holds) in _lines)
            output.WriteLine($"{holds switch { true => "PASS", false => "FAIL", null => "    " }}  {what.PadRight(width)}  {found}");
        output.WriteLine(Holds ? "all of it holds" : "NOT all of it holds");
    }
}
