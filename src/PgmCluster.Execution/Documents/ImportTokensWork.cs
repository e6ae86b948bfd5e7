using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Documents;

/// <summary>Document of <see cref="WorkKinds.ImportTokens"/>; the result is an <see cref="ImportTokensResult"/>.</summary>
public sealed record ImportTokensWork
{
    /// <summary>Artifact to write: the same bytes whoever makes it.</summary>
    public required string Output { get; init; }

    /// <summary>The tokenizer that the tokens are said to be of.</summary>
    public required ArtifactInfo Tokenizer { get; init; }

    /// <summary>The directory of the split.</summary>
    public required string Location { get; init; }

    /// <summary>The file in it.</summary>
    public required string File { get; init; }

    /// <summary>SHA-256 of the dataset that the tokens are said to be of; null where none is named.</summary>
    public string? Dataset { get; init; }

    /// <summary>Labels are below; null where no dataset is named.</summary>
    public int? Classes { get; init; }
}
