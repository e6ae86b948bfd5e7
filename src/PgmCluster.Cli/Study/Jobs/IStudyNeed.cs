namespace PgmCluster.Cli.Study.Jobs;

/// <summary>A job whose product another one works with, in the home where that runs.</summary>
internal interface IStudyNeed
{
    /// <summary>Makes the product here, unless it is here.</summary>
    Task MakeAsync(StudyRunner runner);
}
