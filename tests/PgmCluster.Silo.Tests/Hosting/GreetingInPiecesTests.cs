using System.IO.Pipelines;
using PgmCluster.Silo.Hosting.Connections;

namespace PgmCluster.Silo.Tests.Hosting;

/// <summary>A network may cut what a client or a silo says first wherever it likes.</summary>
public sealed class GreetingInPiecesTests
{
    private static readonly byte[] s_greeting = [3, 0, 0, 0, 7, 8, 9];

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(6)]
    [InlineData(7)]
    public async Task HasPreamble_InTwoPieces_IsWhole_AndAllOfItIsThereToBeRead(int first)
    {
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync(s_greeting.AsMemory(0, first));
        // Has looked at the first piece when this returns.
        var looking = UnprovenConnections.HasPreambleAsync(pipe.Reader);
        await pipe.Writer.WriteAsync(s_greeting.AsMemory(first));

        Assert.True(await looking);

        Assert.True(pipe.Reader.TryRead(out var read));
        Assert.Equal(s_greeting.Length, read.Buffer.Length);
    }

    [Fact]
    public async Task HasPreamble_EndsBefore_IsNone()
    {
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync(s_greeting.AsMemory(0, 5));
        await pipe.Writer.CompleteAsync();

        Assert.False(await UnprovenConnections.HasPreambleAsync(pipe.Reader));
    }
}
