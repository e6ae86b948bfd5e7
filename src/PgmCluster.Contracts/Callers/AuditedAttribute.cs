namespace PgmCluster.Contracts.Callers;

/// <summary>The method changes something: a silo logs who of its clients called it, for what, and what came of it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AuditedAttribute : Attribute;
