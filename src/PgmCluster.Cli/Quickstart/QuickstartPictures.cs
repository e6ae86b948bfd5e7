using PgmCluster.Cli.Homes;
using PgmCluster.Cli.Output;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Images;
using PgmCluster.Execution.Runs;

namespace PgmCluster.Cli.Quickstart;

/// <summary>The pictures in the output directory while they grow: each is replaced as a whole.</summary>
internal sealed class QuickstartPictures(PgmHome home, IProgressBoard board)
{
    public const string GridName = "grid.png";
    public const string LossCurveName = "loss.png";

    private const int PanelWidth = 900, PanelHeight = 320;
    private readonly IArtifactStore _store = home.OpenArtifacts();
    private string? _shown;

    public string Grid => Path.Combine(home.Root, GridName);

    public string LossCurve => Path.Combine(home.Root, LossCurveName);

    /// <summary>Shows the samples of a run in training, enlarged in a file and on the board, where there are newer ones.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="step">How far it is.</param>
    /// <param name="every">Steps between its samples.</param>
    public void Grow(string runId, long step, long every)
    {
        var name = RunFiles.Samples(runId, step / every * every);
        if (step < every || name == _shown) return;
        try
        {
            // Another thread writes it, a moment after the step.
            if (!_store.Exists(name)) return;
            var samples = Read(name);
            var scale = Math.Max(1, PanelWidth / samples.Width);
            AtomicFile.Write(
                Grid, stream => stream.Write(PngWriter.Encode(ImageGrid.Compose([samples], columns: 1, padding: 0, scale: scale))));
            _shown = name;
            board.Show(samples);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or UndecodablePictureException)
        {
            // Training goes on without being looked at; the next picture may succeed.
        }
    }

    /// <summary>Shows the grid that was drawn at the end.</summary>
    public void Finish(string grid) => OutputFile.Copy(home, grid, Grid);

    /// <summary>Draws the losses of several runs in one picture, a panel each, in order.</summary>
    public void DrawLosses(IReadOnlyList<(string Title, string RunId)> runs)
    {
        var panels = runs.Select(
            run => LossChart.Draw(run.Title, StepMetricsLog.Read(_store, run.RunId), PanelWidth, PanelHeight)).ToList();
        AtomicFile.Write(LossCurve, stream => stream.Write(PngWriter.Encode(ImageGrid.Compose(panels, columns: 1, padding: 0))));
    }

    private RgbImage Read(string name)
    {
        using var encoded = new MemoryStream();
        using (var stored = _store.OpenRead(name)) stored.CopyTo(encoded);
        return ImageDecoder.Decode(encoded.GetBuffer().AsSpan(0, (int)encoded.Length), name);
    }
}
