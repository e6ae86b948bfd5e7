using PgmCluster.Silo.Storage.Catalog;

namespace PgmCluster.Silo.Storage.Schema;

/// <summary>One step of the schema.</summary>
/// <param name="Version">It leads to, from the one before.</param>
/// <param name="Sql">What it does.</param>
/// <param name="IsBeside">It only adds, and what silos of the version before read is kept as well (<see cref="FormerSchema"/>).</param>
internal sealed record Migration(int Version, string Sql, bool IsBeside);
