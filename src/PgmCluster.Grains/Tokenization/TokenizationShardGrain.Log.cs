namespace PgmCluster.Grains.Tokenization;

public sealed partial class TokenizationShardGrain
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Shard {WorkId} was lost under generation {Generation} ({Losses} losses)")]
    private partial void LogLost(string workId, long generation, int losses);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Result of shard {WorkId} cannot be read")]
    private partial void LogUnreadable(Exception exception, string workId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Shard {WorkId} could not be queued; its job tries again")]
    private partial void LogSubmitFailed(Exception exception, string workId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Shard {WorkId} could not tell its job, attempt {Attempt}")]
    private partial void LogTellFailed(Exception exception, string workId, int attempt);
}
