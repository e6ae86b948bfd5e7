using PgmCluster.Contracts.Errors;
using PgmCluster.Data;
using PgmCluster.Data.Downloads;
using PgmCluster.Data.Tables;
using PgmCluster.Grains.Datasets;

namespace PgmCluster.Grains.Tests.Datasets;

public class AsideReadTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RunAsync_ReadThatNeverEnds_GivesTheTurnBackWithOneLine(bool listens)
    {
        var never = new TaskCompletionSource<int>();

        var error = await Assert.ThrowsAsync<PgmException>(() => AsideRead.RunAsync(
            "Reading 'x'", cancellation => listens ? never.Task.WaitAsync(cancellation) : never.Task, TimeSpan.FromMilliseconds(1),
            CancellationToken.None));

        Assert.Equal(
            "Reading 'x': it did not end within 00:00:00.0010000. See that its disk or server answers, and try again.", error.Message);
    }

    [Fact]
    public async Task RunAsync_WhatReadsThrow_IsSaidInOneLine()
    {
        await Throws<InvalidRequestException>(new BadInputException("bad"), "bad");
        await Throws<PgmException>(new DownloadException("no server"), "no server");
        await Throws<PgmException>(new DataCorruptException("changed"), "changed");
        await Throws<PgmException>(new TableProcessException("ended. Try again."), "ended. Try again.");
        await Throws<PgmException>(
            new IOException("I/O error\nmore."),
            "Reading: I/O error. See that the silo can read the data and write the artifact store, and try again.");
        await Throws<PgmException>(
            new UnauthorizedAccessException("denied."),
            "Reading: denied. See that the silo can read the data and write the artifact store, and try again.");

        static async Task Throws<T>(Exception thrown, string said)
            where T : Exception =>
            Assert.Equal(said, (await Assert.ThrowsAsync<T>(
                () => AsideRead.RunAsync<int>("Reading", _ => throw thrown, TimeSpan.FromMinutes(1), CancellationToken.None))).Message);
    }
}
