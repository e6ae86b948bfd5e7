namespace PgmCluster.Execution.Specifications;

/// <summary>Turns a preset and overrides into a complete specification. Replaced in tests.</summary>
public interface ISpecificationResolver
{
    /// <summary>Names of the presets, sorted.</summary>
    IReadOnlyList<string> Presets { get; }

    /// <summary>The kind a preset trains: "tokenizer", "classifier", "pgm", "pgm-once" or "maskgit".</summary>
    /// <exception cref="Data.BadInputException">Unknown preset; the message gives the nearest name.</exception>
    string KindOf(string preset);

    /// <summary>Resolves. The outcome is complete: it also fixes the thread count, so that a resumed run computes the same bits.</summary>
    /// <exception cref="Data.BadInputException">
    /// Unknown preset or key (with the nearest name), or a bad value (with what is allowed).
    /// </exception>
    ResolvedSpecification Resolve(string preset, IReadOnlyDictionary<string, string> overrides, long seed, DataFacts facts);
}
