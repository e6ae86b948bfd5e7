namespace PgmCluster.Grains.Catalog;

/// <summary>Whether silos of the version before catalogs were rows may still use the state database.</summary>
public interface IFormerSchema
{
    /// <summary>Since when they may, beside silos of this version; null where they are refused.</summary>
    Task<DateTimeOffset?> OpenSince();

    /// <summary>From now on they are refused when they start.</summary>
    Task Close();
}
