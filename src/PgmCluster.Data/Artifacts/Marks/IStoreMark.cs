namespace PgmCluster.Data.Artifacts.Marks;

/// <summary>A text in a store that says whose it is; no artifact, and kept by every deletion.</summary>
public interface IStoreMark
{
    /// <summary>Where it lies, for messages.</summary>
    string Place { get; }

    /// <summary>The text; null where there is none.</summary>
    Task<string?> ReadAsync(CancellationToken ct);

    /// <summary>Writes the text as a whole where there is none yet: of several who do so at once, one's stands.</summary>
    Task WriteIfNoneAsync(string text, CancellationToken ct);
}
