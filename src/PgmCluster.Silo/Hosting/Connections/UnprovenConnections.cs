using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Orleans.Configuration;
using PgmCluster.Execution.Wire;

namespace PgmCluster.Silo.Hosting.Connections;

/// <summary>
/// Bounds the connections of a port that have not said yet what they want: how many, how long, and how much they may send until then. A
/// silo or a client says it in its first bytes, a preamble that Orleans reads; it is only looked at here.
/// </summary>
internal static class UnprovenConnections
{
    /// <summary>At once, of each port.</summary>
    public const int Most = 256;

    /// <summary>Orleans' own limit.</summary>
    private const int LongestPreamble = 1024;

    private const string Item = "pgm.guest";

    /// <summary>A preamble comes whole, but for very rare cases.</summary>
    private static readonly TimeSpan s_lookAgain = TimeSpan.FromMilliseconds(20);

    /// <summary>How long a connection may take.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Whoever connects to silo port or gateway has so long. To be called before what encrypts connections is added.</summary>
    public static void EnterLobby(this ISiloBuilder silo) => silo.Configure<SiloConnectionOptions>(options =>
    {
        options.ConfigureSiloInboundConnection(builder => builder.BoundTime(Most));
        options.ConfigureGatewayInboundConnection(builder => builder.BoundTime(Most));
    });

    /// <summary>Whoever has said what it is may stay. To be called after what encrypts connections was added.</summary>
    public static void LeaveLobby(this ISiloBuilder silo) => silo.Configure<SiloConnectionOptions>(options =>
    {
        options.ConfigureSiloInboundConnection(AwaitPreamble);
        options.ConfigureGatewayInboundConnection(AwaitPreamble);
        options.ConfigureGatewayInboundConnection(LastWords.LetBeHeard);
    });

    /// <summary>Connections of one port are bounded in number and time, until they leave.</summary>
    public static void BoundTime(this IConnectionBuilder builder, int most)
    {
        var lobby = new Lobby(most, Patience, TimeProvider.System);
        builder.Use(next => async context =>
        {
            using var guest = lobby.Enter(context.Abort);
            context.Items[Item] = guest;
            await next(context);
        });
    }

    private static void AwaitPreamble(IConnectionBuilder builder) => builder.Use(next => async context =>
    {
        if (await HasPreambleAsync(context.Transport.Input) && ((Lobby.Guest)context.Items[Item]!).Leave()) await next(context);
        else context.Abort();
    });

    /// <summary>Waits for a whole preamble, and leaves it to be read.</summary>
    internal static async Task<bool> HasPreambleAsync(PipeReader input)
    {
        try
        {
            while (true)
            {
                var read = await input.ReadAsync();
                var length = Length(read.Buffer);
                var isWhole = length is { } whole && whole <= LongestPreamble && read.Buffer.Length >= sizeof(int) + whole;
                var isOver = read.IsCompleted || read.IsCanceled || length is < 0 or > LongestPreamble;
                // Never called examined, which cannot be taken back: Orleans would wait for more than the preamble.
                input.AdvanceTo(read.Buffer.Start, read.Buffer.Start);
                if (isWhole || isOver) return isWhole;
                await Task.Delay(s_lookAgain);
            }
        }
        catch (Exception e) when (e is IOException or ConnectionAbortedException or OperationCanceledException)
        {
            return false;
        }
    }

    private static int? Length(ReadOnlySequence<byte> buffer)
    {
        if (buffer.Length < sizeof(int)) return null;
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        buffer.Slice(0, sizeof(int)).CopyTo(bytes);
        return BinaryPrimitives.ReadInt32LittleEndian(bytes);
    }
}
