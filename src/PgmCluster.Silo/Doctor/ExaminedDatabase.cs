using PgmCluster.Silo.Storage;

namespace PgmCluster.Silo.Doctor;

/// <summary>A state database that can be used, as it was found: nothing was installed in it.</summary>
/// <param name="Database">The database.</param>
/// <param name="SchemaVersion">0 where no silo has made it or its tables yet.</param>
/// <param name="Owner">What the cluster has claimed in it; null before its first start.</param>
internal sealed record ExaminedDatabase(IStateDatabase Database, int SchemaVersion, StateOwner? Owner);
