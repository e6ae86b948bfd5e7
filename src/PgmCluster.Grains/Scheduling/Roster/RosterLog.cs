namespace PgmCluster.Grains.Scheduling.Roster;

internal static partial class RosterLog
{
    [LoggerMessage(Level = LogLevel.Debug, Message = "What silos say could not be asked for; trying again")]
    public static partial void NotHeard(ILogger logger, Exception exception);
}
