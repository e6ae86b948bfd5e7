namespace PgmCluster.Data.PyTorch;

/// <summary>How a file holds its pickle and its storages.</summary>
public enum PyTorchContainer
{
    /// <summary>A zip file with a record per storage (PyTorch 1.6 and later).</summary>
    Zip,

    /// <summary>Several pickles in a row, then the storages (before 1.6, and on request since).</summary>
    Legacy,
}
