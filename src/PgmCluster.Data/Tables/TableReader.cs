using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace PgmCluster.Data.Tables;

/// <summary>
/// The process that reads tables: the program itself, started with <see cref="Argument"/>. A file that makes a library take all memory,
/// never end or crash ends this process and nothing else. It is given bytes and gives rows, and ends with who started it.
/// </summary>
public static class TableReader
{
    /// <summary>The only argument of such a process.</summary>
    public const string Argument = "read-tables";

    /// <summary>Whether a program's arguments ask for it; to be looked at before anything else.</summary>
    public static bool IsAsked(string[] arguments) => arguments is [Argument];

    /// <summary>Reads until the other side has ended.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync()
    {
        // Ctrl-C reaches the whole foreground group, and a stop the whole service: who started this one decides when it ends.
        using var interrupts = PosixSignalRegistration.Create(PosixSignal.SIGINT, Ignore);
        using var stops = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Ignore);
        using var hangups = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Ignore);
        await using var input = Console.OpenStandardInput();
        await using var output = Console.OpenStandardOutput();
        // What a library prints must not come between the frames.
        Console.SetOut(Console.Error);
        var frames = new Frames(input, output);
        var heard = new BlockingCollection<(byte Kind, byte[] Content)>();
        // By a thread of its own: the end of the other side ends this one whatever it does.
        new Thread(() => Listen(frames, heard)) { IsBackground = true, Name = "pgm-tables" }.Start();
        ITable? table = null;
        foreach (var (kind, content) in heard.GetConsumingEnumerable())
        {
            try
            {
                if (kind == Frames.Open)
                {
                    if (table is not null) await table.DisposeAsync();
                    table = null;
                    table = await OpenAsync(JsonSerializer.Deserialize<OpenTable>(content)!, frames, heard);
                    await frames.WriteDocumentAsync(Frames.Layout, table.Layout, CancellationToken.None);
                }
                else if (kind == Frames.Rows)
                {
                    await foreach (var row in table!.ReadAsync(JsonSerializer.Deserialize<ReadRows>(content)!))
                        await frames.WriteAsync(Frames.Row, row, CancellationToken.None);
                    await frames.WriteAsync(Frames.Done, default, CancellationToken.None);
                }
            }
            catch (OutOfMemoryException)
            {
                await frames.WriteAsync(Frames.Exhausted, default, CancellationToken.None);
            }
            catch (Exception e)
            {
                // Whatever a library throws at such a file.
                await frames.WriteAsync(Frames.Refused, Encoding.UTF8.GetBytes(Words(e)), CancellationToken.None);
            }
        }
        return 0;
    }

    private static async Task<ITable> OpenAsync(
        OpenTable asked, Frames frames, BlockingCollection<(byte Kind, byte[] Content)> heard)
    {
        var file = new AskedFile(asked.Length, (offset, count) =>
        {
            frames.WriteAsync(Frames.Read, AskedFile.Request(offset, count), CancellationToken.None).GetAwaiter().GetResult();
            return heard.Take().Content;
        });
        return asked.Kind switch
        {
            TableKinds.Parquet => await ParquetTable.OpenAsync(file),
            TableKinds.Tokens => await TokenTable.OpenAsync(file),
            _ => throw new FormatException($"there is no kind '{asked.Kind}' of tables"),
        };
    }

    private static void Listen(Frames frames, BlockingCollection<(byte, byte[])> heard)
    {
        try
        {
            while (frames.ReadAsync(CancellationToken.None).GetAwaiter().GetResult() is { } frame) heard.Add(frame);
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            // It has ended, which is what this waits for.
        }
        Environment.Exit(0);
    }

    private static void Ignore(PosixSignalContext signal) => signal.Cancel = true;

    private static string Words(Exception e) => e switch
    {
        FormatException => e.Message.ReplaceLineEndings(" ").TrimEnd('.'),
        _ => $"it is damaged ({e.GetType().Name}: {e.Message.ReplaceLineEndings(" ").TrimEnd('.')})",
    };
}
