namespace PgmCluster.Grains.Catalog;

internal static partial class CatalogLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "The catalog of {Catalog} was moved into rows: {Entries} entries")]
    public static partial void Moved(ILogger logger, string catalog, int entries);
}
