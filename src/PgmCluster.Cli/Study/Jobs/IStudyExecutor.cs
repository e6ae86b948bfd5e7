namespace PgmCluster.Cli.Study.Jobs;

/// <summary>Answers for the study's jobs: by running them, by what is kept of them, or by counting them.</summary>
internal interface IStudyExecutor
{
    /// <returns>The outcome; null where the job was not run.</returns>
    Task<T?> AskAsync<T>(StudyJob<T> job) where T : class;
}
