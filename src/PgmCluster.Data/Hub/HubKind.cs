namespace PgmCluster.Data.Hub;

/// <summary>The kinds of repositories.</summary>
public enum HubKind
{
    Model,
    Dataset,
}
