namespace PgmCluster.Api.Callers;

/// <summary>How a silo lets callers of its HTTP API in.</summary>
/// <param name="AllowsLocal">This machine's users need no key while there is no file of keys.</param>
/// <param name="ActAs">From here on, what is called within the cluster is in somebody's name.</param>
internal sealed record AccessRules(bool AllowsLocal, Action<string> ActAs);
