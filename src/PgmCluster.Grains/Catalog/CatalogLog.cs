namespace PgmCluster.Grains.Catalog;

internal static partial class CatalogLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "The catalog of {Catalog} that an older version wrote was taken into rows: "
        + "{Entries} entries")]
    public static partial void TakenIn(ILogger logger, string catalog, int entries);

    [LoggerMessage(Level = LogLevel.Information, Message = "The catalog of {Catalog} is kept as an older version reads it, too, until "
        + "its silos may no longer come back: {Entries} entries")]
    public static partial void Kept(ILogger logger, string catalog, int entries);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The bytes in the artifact store could not be counted by user; quotas go by the "
        + "count before")]
    public static partial void NotCounted(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Information, Message = "The catalog of {Catalog} is kept in rows alone from now on: silos of the "
        + "version before are refused by the state database")]
    public static partial void Closed(ILogger logger, string catalog);
}
