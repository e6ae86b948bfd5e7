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
        var before = MemoryOf();
        var (refused, taken) = (0, 0);
        for (var seed = 0; seed < Mutations; seed++)
        {
            directory.Write("a.parquet", MutatedFile.Of(whole, seed));
            try
            {
                await Shards.Index(directory.Path);
                taken++;
            }
            catch (BadInputException e)
            {
                Assert.DoesNotContain('\n', e.Message);
                Assert.Contains(directory.Path, e.Message, StringComparison.Ordinal);
                refused++;
            }
        }
        output.WriteLine(
            $"{Mutations} mutated Parquet files: {refused} refused, {taken} read; this process grew by {MemoryOf() - before >> 20} MB");
        Assert.Equal(Mutations, refused + taken);
        Assert.True(refused > 0);
    }

    [Fact]
    public async Task Read_MutatedArrow_CostsTheImportOnly()
    {
        using var directory = new TemporaryDirectory();
        var whole = SavedTokensTests.Table("int32", "input_ids", "label", [[16385, 1, 2, 3, 4], [16385, 5, 6, 7, 8]], [1, 2]);
        var before = MemoryOf();
        var (refused, taken) = (0, 0);
        for (var seed = 0; seed < Mutations; seed++)
        {
            directory.Write("a.arrow", MutatedFile.Of(whole, seed));
            try
            {
                await SavedTokens.ReadAsync(
                    directory.Path, "a.arrow", codebook: 16384, new Dictionary<string, string>(), _ => { }, CancellationToken.None);
                taken++;
            }
            catch (BadInputException e)
            {
                Assert.DoesNotContain('\n', e.Message);
                Assert.Contains(directory.Path, e.Message, StringComparison.Ordinal);
                refused++;
            }
        }
        output.WriteLine(
            $"{Mutations} mutated Arrow files: {refused} refused, {taken} read; this process grew by {MemoryOf() - before >> 20} MB");
        Assert.Equal(Mutations, refused + taken);
        Assert.True(refused > 0);
    }

    /// <summary>Pictures that need more than the process may have: what a library allocates is bounded there.</summary>
    [Theory]
    [InlineData(40, typeof(BadInputException), "more than the 40 MiB that reading a table may")]
    [InlineData(2048, typeof(TableProcessException), "more than the 40 MiB, an eighth of this machine's memory")]
    public async Task ReadAsync_ProcessOutOfMemory_IsBadInputOnlyWhereNoMachineAllowsMore(int most, Type kind, string words)
    {
        using var directory = new TemporaryDirectory();
        directory.Write("big.parquet", await PlainAsync("image", [new byte[16 << 20], new byte[16 << 20], new byte[16 << 20]]));
        directory.Write("small.parquet", await PlainAsync("image", [Shards.Png(1)]));
        var (memory, mostMemory) = (TableProgram.Memory, TableProgram.MostMemory);
        try
        {
            (TableProgram.Memory, TableProgram.MostMemory) = (40 << 20, (long)most << 20);
            var blobs = new DirectoryBlobs(directory.Path);
            await using var process = TableProcess.Start();
            await process.OpenAsync(TableKinds.Parquet, blobs, Of(directory, "big.parquet"), CancellationToken.None);

            var error = await Assert.ThrowsAsync(
                kind, () => process.ReadAsync(new ReadRows(0, 0, 3), CancellationToken.None).ToListAsync().AsTask());

            Assert.Contains($"big.parquet: what it describes takes {words}", error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', error.Message);
            Assert.False(process.IsIdle);
            Assert.Equal("small.parquet#0.0", Assert.Single((await Shards.Index(directory.Path, shard: 1)).Keys));
        }
        finally
        {
            (TableProgram.Memory, TableProgram.MostMemory) = (memory, mostMemory);
        }
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

    /// <summary>Each may take an eighth of the memory, and as many threads may read pictures as there are cores.</summary>
    [Fact]
    public async Task TakeAsync_MoreThanMayBeAtWorkAtOnce_Waits()
    {
        var first = await TableProcesses.TakeAsync(CancellationToken.None);
        var second = await TableProcesses.TakeAsync(CancellationToken.None);
        var third = TableProcesses.TakeAsync(CancellationToken.None);
        Assert.False(third.IsCompleted);

        await TableProcesses.GiveBackAsync(first);

        await TableProcesses.GiveBackAsync(await third);
        await TableProcesses.GiveBackAsync(second);
    }

    /// <summary>What has ended is not kept for the next file.</summary>
    [Fact]
    public async Task GiveBackAsync_ProcessHasEnded_AnotherReadsTheNextFile()
    {
        var kept = await TableProcesses.TakeAsync(CancellationToken.None);
        using (var itself = Process.GetProcessById(kept.Id))
        {
            itself.Kill();
            await itself.WaitForExitAsync();
        }
        await TableProcesses.GiveBackAsync(kept);
        using var directory = new TemporaryDirectory();
        directory.Write("a.parquet", await PlainAsync("image", [Shards.Png(1)]));

        Assert.Equal(["a.parquet#0.0"], (await Shards.Index(directory.Path)).Keys);
    }

    [Fact]
    public async Task Start_Process_IsGivenNoSecrets()
    {
        Environment.SetEnvironmentVariable("HF_TOKEN", "hf_secret");
        try
        {
            await using var process = TableProcess.Start();
            Assert.DoesNotContain("hf_secret", await File.ReadAllTextAsync($"/proc/{process.Id}/environ"), StringComparison.Ordinal);
        }
        finally
        {
            Environment.SetEnvironmentVariable("HF_TOKEN", null);
        }
    }

    private static async Task SendAsync(string signal, int process)
    {
        using var kill = Process.Start("sh", ["-c", $"kill -{signal} {process}"]);
        await kill.WaitForExitAsync();
        Assert.Equal(0, kill.ExitCode);
    }

    private static Blob Of(TemporaryDirectory directory, string name) => new(name, new FileInfo(directory.File(name)).Length);

    private static long MemoryOf()
    {
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
