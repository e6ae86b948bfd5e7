namespace PgmCluster.Contracts.Callers;

/// <summary>
/// Only silos call this method of a client contract. It stands there since silos of the version before call it under the contract's name;
/// new ones belong to interfaces of their own, beside the grains.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ForSilosAttribute : Attribute;
