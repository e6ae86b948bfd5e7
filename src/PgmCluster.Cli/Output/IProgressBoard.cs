using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Cli.Output;

/// <summary>Shows how far a row of stages is.</summary>
internal interface IProgressBoard : IAsyncDisposable
{
    void Begin(string stage);

    void Report(string stage, JobEvent e);

    /// <param name="stage">The stage that is done.</param>
    /// <param name="seconds">What it took, over all starts of the program.</param>
    void End(string stage, double seconds);

    /// <summary>Says something about a stage that has ended, in one line.</summary>
    void Note(string stage, string text);
}
