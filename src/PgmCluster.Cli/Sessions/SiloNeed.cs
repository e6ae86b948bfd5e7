namespace PgmCluster.Cli.Sessions;

/// <summary>What a command needs of the silo.</summary>
internal enum SiloNeed
{
    /// <summary>A running one, or else one for the length of the command.</summary>
    Any,

    /// <summary>One that outlives the command.</summary>
    Lasting,
}
