namespace PgmCluster.Cli.Sessions;

/// <summary>Keys of the catalog grains.</summary>
internal static class CatalogKinds
{
    public const string Jobs = "jobs";
    public const string Datasets = "datasets";
}
