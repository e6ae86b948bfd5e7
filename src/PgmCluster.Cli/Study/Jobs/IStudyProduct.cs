namespace PgmCluster.Cli.Study.Jobs;

/// <summary>An outcome that other jobs work with.</summary>
internal interface IStudyProduct
{
    /// <summary>
    /// Equal for products that are the same bits: the specification's hash is left out, which later versions may write otherwise.
    /// </summary>
    string Identity { get; }
}
