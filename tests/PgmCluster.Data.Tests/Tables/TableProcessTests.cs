using System.Diagnostics;
using PgmCluster.Data.Blobs;
using PgmCluster.Data.Tables;
using PgmCluster.Data.Tests.Formats;
using static PgmCluster.Data.Tests.Tables.ParquetFiles;

namespace PgmCluster.Data.Tests.Tables;

/// <summary>What processes that read tables may take, and what they are given.</summary>
[Collection(nameof(AloneWithTables))]
public class TableProcessTests
{
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

    /// <summary>Each may take an eighth of the memory, and as many threads may read pictures as there are cores.</summary>
    [Fact]
    public async Task TakeAsync_MoreThanMayBeAtWorkAtOnce_Waits()
    {
        var taken = new List<Task<TableProcess>>();
        var givenBack = 0;
        try
        {
            for (var i = 0; i <= TableProcesses.AtOnce; i++) taken.Add(TableProcesses.TakeAsync(CancellationToken.None));
            await Task.WhenAll(taken[..^1]);
            Assert.False(taken[^1].IsCompleted);

            await TableProcesses.GiveBackAsync(await taken[givenBack++]);

            await taken[^1];
        }
        finally
        {
            while (givenBack < taken.Count) await TableProcesses.GiveBackAsync(await taken[givenBack++]);
        }
    }

    /// <summary>What has ended is not kept for the next file.</summary>
    [Fact]
    public async Task GiveBackAsync_ProcessHasEnded_AnotherReadsTheNextFile()
    {
        var kept = await TableProcesses.TakeAsync(CancellationToken.None);
        try
        {
            using var itself = Process.GetProcessById(kept.Id);
            itself.Kill();
            await itself.WaitForExitAsync();
        }
        finally
        {
            await TableProcesses.GiveBackAsync(kept);
        }
        using var directory = new TemporaryDirectory();
        directory.Write("a.parquet", await PlainAsync("image", [Shards.Png(1)]));

        Assert.Equal(["a.parquet#0.0"], (await Shards.Index(directory.Path)).Keys);
    }

    [Fact]
    public async Task Start_Process_IsGivenNoSecrets()
    {
        var before = Environment.GetEnvironmentVariable("HF_TOKEN");
        Environment.SetEnvironmentVariable("HF_TOKEN", "hf_secret");
        try
        {
            await using var process = TableProcess.Start();
            Assert.DoesNotContain("hf_secret", await File.ReadAllTextAsync($"/proc/{process.Id}/environ"), StringComparison.Ordinal);
        }
        finally
        {
            Environment.SetEnvironmentVariable("HF_TOKEN", before);
        }
    }
}
