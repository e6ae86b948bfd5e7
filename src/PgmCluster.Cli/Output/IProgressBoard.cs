using PgmCluster.Contracts.Jobs;
using PgmCluster.Data.Images;

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

    /// <summary>Says how long all stages together have still to run; null where that is not known.</summary>
    void Remaining(TimeSpan? left);

    /// <summary>Shows a picture in the place of the one before, where that can be done.</summary>
    void Show(RgbImage picture);
}
