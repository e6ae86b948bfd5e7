using PgmCluster.Data.Images;

namespace PgmCluster.Cli.Tests.Processes.Datasets;

[Trait("Category", "Process")]
public sealed class TokenPreviewProcessTests(RunningSilo silo) : IClassFixture<RunningSilo>
{
    [Fact]
    public async Task Tokenize_WithPreview_DrawsOriginalsAboveWhatTheirCodesAreDecodedTo()
    {
        var (directory, name) = silo.New();
        SourceFiles.Pngs(directory, Enumerable.Range(0, 20).Select(i => $"{"ab"[i % 2]}/{i}.png"));
        var target = Path.Combine(directory, "preview.png");
        await silo.AddAsync(name, directory);
        await RunAsync("train", $"{name}-tok", "--preset", "tokenizer-smoke", "--dataset", name, "--set", "training.steps=1");
        string[] tokenize = ["tokenize", $"{name}-tokens", "--dataset", name, "--tokenizer", $"{name}-tok", "--preview"];

        await RunAsync([.. tokenize, target]);

        // Two rows of originals, two of what they are decoded to, of 28 pixels three times enlarged, with names beside them.
        var preview = ImageDecoder.Decode(File.ReadAllBytes(target), "preview");
        Assert.Equal(6 + 4 * (84 + 6), preview.Height);
        Assert.True(preview.Width > 6 + 8 * (84 + 6), $"{preview.Width}");
        // Originals are of one gray each; the first pixel of a cell is 6 from the edge, cells are 90 apart.
        Assert.All(Enumerable.Range(0, 8), column => Assert.True(IsGray(preview, column, row: 0)));
        // Done already: drawn again, the same.
        var first = File.ReadAllBytes(target);
        File.Delete(target);
        await RunAsync([.. tokenize, target]);
        Assert.Equal(first, File.ReadAllBytes(target));
        using var detached = await silo.RunAsync([.. tokenize, target, "--detach"]);
        Assert.Equal(2, detached.ExitCode);
    }

    private static bool IsGray(RgbImage sheet, int column, int row)
    {
        var left = sheet.Width - (8 - column) * 90;
        var pixel = sheet.Row(6 + row * 90 + 42).Slice(3 * (left + 42), 3);
        return pixel[0] == pixel[1] && pixel[1] == pixel[2];
    }

    private async Task RunAsync(params string[] args)
    {
        using var run = await silo.RunAsync(args);
        Assert.True(run.ExitCode == 0, run.ToString());
    }
}
