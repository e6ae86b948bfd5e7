namespace PgmCluster.Grains.Callers;

/// <summary>Clients may call this method although its interface is for silos.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ForClientsAttribute : Attribute;
