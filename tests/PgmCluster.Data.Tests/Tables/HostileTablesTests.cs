using System.Diagnostics;
using System.Globalization;
using PgmCluster.Data.Blobs;
using PgmCluster.Data.Tables;
using PgmCluster.Data.Tests.Formats;
using PgmCluster.Data.Tests.Tokens;
using PgmCluster.Data.Tokens;
using Xunit.Abstractions;
using static PgmCluster.Data.Tests.Tables.ParquetFiles;

namespace PgmCluster.Data.Tests.Tables;

/// <summary>
/// What damaged and hostile tables do: their import fails with a line, and this process stays as it is. So many files are tried as
/// PGM_MUTATIONS says (1,000 for the long form), 20 without it.
/// </summary>
public class HostileTablesTests(ITestOutputHelper output)
{
    private static readonly int Mutations =
        int.Parse(Environment.GetEnvironmentVariable("PGM_MUTATIONS") ?? "20", CultureInfo.InvariantCulture);

    [Fact]
    public async Task Index_MutatedParquet_CostsTheImportOnly()
    {
        using var directory = new TemporaryDirectory();
        var whole = await PairsAsync(
            ["a", "b"], [new(Shards.Png(1), "a.png", 1), new(Shards.Jpeg(2, 40), null, 0)],
            [new(null, "b.png", 1), new(Shards.Png(3), "c", null)]);

        await Mutate(directory, "a.parquet", whole, () => Shards.Index(directory.Path));
    }

    [Fact]
    public async Task Read_MutatedArrow_CostsTheImportOnly()
    {
        using var directory = new TemporaryDirectory();
        var whole = SavedTokensTests.Table("int32", "input_ids", "label", [[16385, 1, 2, 3, 4], [16385, 5, 6, 7, 8]], [1, 2]);

        await Mutate(directory, "a.arrow", whole, () => SavedTokens.ReadAsync(
            directory.Path, "a.arrow", codebook: 16384, new Dictionary<string, string>(), _ => { }, CancellationToken.None));
    }

    /// <summary>It is nothing that the file did: the work is to be tried again, not to fail for good.</summary>
    [Fact]
    public async Task ReadAsync_ProcessIsKilled_IsAFaultAndNoBadInput()
    {
        using var directory = new TemporaryDirectory();
        directory.Write("a.parquet", await PlainAsync("image", [Shards.Png(1)]));
        await using var process = TableProcess.Start();
        await process.OpenAsync(TableKinds.Parquet, new DirectoryBlobs(directory.Path), Of(directory, "a.parquet"), CancellationToken.None);
        using (var itself = Process.GetProcessById(process.Id)) itself.Kill();

        Assert.Contains(
            "a.parquet: the process that reads it says something that makes no sense",
            Assert.Throws<BadInputException>(() => process.RowOf([1, 0, 0, 0, 7])).Message, StringComparison.Ordinal);
        Assert.Throws<BadInputException>(() => process.TokensOf([1, 0, 0, 0, 7]));
        var error = await Assert.ThrowsAnyAsync<IOException>(
            () => process.ReadAsync(new ReadRows(0, 0, 1), CancellationToken.None).ToListAsync().AsTask());

        Assert.Contains(
            "a.parquet: the process that reads it was ended from outside, by signal 9. ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    /// <summary>Ctrl-C reaches all of a foreground group, and a stop all of a service.</summary>
    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    [InlineData("HUP")]
    public async Task ReadAsync_SignalForWhoStartedTheProcess_GoesOn(string signal)
    {
        using var directory = new TemporaryDirectory();
        directory.Write("a.parquet", await PlainAsync("image", [Shards.Png(1)]));
        await using var process = TableProcess.Start();
        await process.OpenAsync(TableKinds.Parquet, new DirectoryBlobs(directory.Path), Of(directory, "a.parquet"), CancellationToken.None);
        await SendAsync(signal, process.Id);

        Assert.Single(await process.ReadAsync(new ReadRows(0, 0, 1), CancellationToken.None).ToListAsync());
        Assert.True(process.IsIdle);
    }

    private async Task Mutate(TemporaryDirectory directory, string name, byte[] whole, Func<Task> read)
    {
        var before = MemoryOf();
        var refused = 0;
        for (var seed = 0; seed < Mutations; seed++)
        {
            directory.Write(name, MutatedFile.Of(whole, seed));
            try
            {
                await read();
            }
            catch (BadInputException e)
            {
                Assert.DoesNotContain('\n', e.Message);
                Assert.Contains(directory.Path, e.Message, StringComparison.Ordinal);
                refused++;
            }
        }
        output.WriteLine(
            $"{Mutations} mutated files {name}: {refused} refused, {Mutations - refused} read; "
            + $"this process grew by {MemoryOf() - before >> 20} MB");
        Assert.True(refused > 0);
    }

    private static async Task SendAsync(string signal, int process)
    {
        using var kill = Process.Start("sh", ["-c", $"kill -{signal} {process}"]);
        await kill.WaitForExitAsync();
        Assert.Equal(0, kill.ExitCode);
    }

    private static long MemoryOf()
    {
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
