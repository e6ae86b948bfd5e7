namespace PgmCluster.Contracts.Callers;

/// <summary>
/// Clients may call the grain interfaces of this assembly, but for methods that are <see cref="ForSilosAttribute"/>. A silo refuses a
/// client's call of any other.
/// </summary>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class ClientContractsAttribute : Attribute;
