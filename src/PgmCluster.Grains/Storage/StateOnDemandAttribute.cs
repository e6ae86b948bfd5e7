namespace PgmCluster.Grains.Storage;

/// <summary>
/// A record that is read when its grain asks for it, and not whenever it activates: it stands beside another that says whether there can be
/// one.
/// </summary>
/// <param name="stateName">Part of its key.</param>
/// <param name="storageName">Where it is stored.</param>
[AttributeUsage(AttributeTargets.Parameter)]
internal sealed class StateOnDemandAttribute(string stateName, string storageName) : PersistentStateAttribute(stateName, storageName);
