using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using PgmCluster.Data.Blobs;

namespace PgmCluster.Data.Tables;

/// <summary>
/// A process that reads tables (<see cref="TableReader"/>), as the silo sees it. Whatever a file does to it becomes a
/// <see cref="BadInputException"/> here, and what happens to it beside that a <see cref="TableProcessException"/>. Used by one thread at a
/// time; a healthy one is handed on to the next file.
/// </summary>
internal sealed class TableProcess : IAsyncDisposable
{
    private const int FirstSignal = 128, LongestWords = 400, LargestRequest = 1 << 20;

    /// <summary>SIGHUP, SIGINT, SIGKILL (also of a machine that has no memory left) and SIGTERM: a file ends no process by these.</summary>
    private static readonly int[] SignalsOfOthers = [1, 2, 9, 15];

    /// <summary>Computing, not waiting: a busy machine ends nothing. Reading a row group of a gigabyte takes seconds.</summary>
    private static readonly TimeSpan LongestComputing = TimeSpan.FromMinutes(2), LookEvery = TimeSpan.FromSeconds(2);

    private readonly Process _process = TableProgram.Start();
    private readonly Frames _frames;
    private readonly Task<string> _errors;
    private IBlobs? _blobs;
    private Blob _file;
    private Stream? _stream;
    private long _at;

    private TableProcess()
    {
        _frames = new Frames(_process.StandardOutput.BaseStream, _process.StandardInput.BaseStream);
        _errors = FirstWordsAsync(_process.StandardError);
    }

    /// <summary>Whether it may read another file: nothing has gone wrong, and nothing is under way.</summary>
    public bool IsIdle
    {
        get => field && !_process.HasExited;
        private set;
    } = true;

    /// <summary>Its own id.</summary>
    public int Id => _process.Id;

    public static TableProcess Start() => new();

    /// <summary>Opens a file; one that was open is left.</summary>
    /// <exception cref="BadInputException">It is damaged, something else, or takes too much memory; the message names it.</exception>
    /// <exception cref="TableProcessException">The process was ended, or takes more than this machine has for it.</exception>
    public async Task<TableLayout> OpenAsync(string kind, IBlobs blobs, Blob file, CancellationToken cancellation)
    {
        if (_stream is not null) await _stream.DisposeAsync();
        (_blobs, _file, _stream) = (blobs, file, null);
        IsIdle = false;
        await SayAsync(Frames.Open, new OpenTable(kind, file.Length), cancellation);
        var (_, content) = await HearAsync(cancellation, Frames.Layout);
        IsIdle = true;
        return Understood(content, c => JsonSerializer.Deserialize<TableLayout>(c)!);
    }

    /// <summary>Reads rows of the file that is open, as contents of frames.</summary>
    /// <exception cref="BadInputException">As in <see cref="OpenAsync"/>.</exception>
    public async IAsyncEnumerable<byte[]> ReadAsync(ReadRows asked, [EnumeratorCancellation] CancellationToken cancellation)
    {
        IsIdle = false;
        await SayAsync(Frames.Rows, asked, cancellation);
        for (var rows = 0; ; rows++)
        {
            var (kind, content) = await HearAsync(cancellation, Frames.Row, Frames.Done);
            if (kind == Frames.Row && (rows < asked.Count || asked.Count == ReadRows.All))
            {
                yield return content;
                continue;
            }
            if (kind != Frames.Done || (rows != asked.Count && asked.Count != ReadRows.All))
                throw Bad($"the process that reads it gave {rows} of {asked.Count} rows");
            break;
        }
        IsIdle = true;
    }

    /// <summary>What it gave for a row.</summary>
    /// <exception cref="BadInputException">It is none.</exception>
    public TableRow RowOf(byte[] content) => Understood(content, c => TableRow.Of(c));

    /// <summary>What it gave for tokens.</summary>
    /// <exception cref="BadInputException">They are none.</exception>
    public TokenRows TokensOf(byte[] content) => Understood(content, TokenRows.Of);

    private T Understood<T>(byte[] content, Func<byte[], T> read)
    {
        try
        {
            return read(content);
        }
        catch (Exception e) when (e is InvalidDataException or JsonException)
        {
            throw Bad("the process that reads it says something that makes no sense", e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        IsIdle = false;
        if (_stream is not null) await _stream.DisposeAsync();
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task SayAsync<T>(byte kind, T document, CancellationToken cancellation)
    {
        try
        {
            await _frames.WriteDocumentAsync(kind, document, cancellation);
        }
        catch (IOException e)
        {
            throw await EndedAsync(e);
        }
    }

    /// <summary>The next frame of one of some kinds; what is asked for until then is given.</summary>
    private async Task<(byte Kind, byte[] Content)> HearAsync(CancellationToken cancellation, params byte[] expected)
    {
        while (true)
        {
            var (kind, content) = await NextAsync(cancellation);
            if (expected.Contains(kind)) return (kind, content);
            if (kind == Frames.Refused) throw Bad(Shortened(Encoding.UTF8.GetString(content)));
            if (kind == Frames.Exhausted) throw TooLarge(null);
            if (kind != Frames.Read || content.Length != 12) throw Bad("the process that reads it says something that makes no sense");
            var bytes = await ContentAsync(
                BinaryPrimitives.ReadInt64LittleEndian(content), BinaryPrimitives.ReadInt32LittleEndian(content.AsSpan(8)), cancellation);
            try
            {
                await _frames.WriteAsync(Frames.Content, bytes, cancellation);
            }
            catch (IOException e)
            {
                throw await EndedAsync(e);
            }
        }
    }

    private async Task<(byte Kind, byte[] Content)> NextAsync(CancellationToken cancellation)
    {
        try
        {
            var next = _frames.ReadAsync(cancellation);
            // Looked at only where it takes long: most frames come at once.
            TimeSpan? before = null;
            while (!await IsThereAsync(next, LookEvery, cancellation))
            {
                if (_process.HasExited) continue;
                var used = _process.TotalProcessorTime;
                // As if it had computed since it was asked.
                before ??= used - LookEvery;
                if (used - before < LongestComputing) continue;
                _process.Kill();
                throw Bad($"reading it did not end within {LongestComputing.TotalMinutes} minutes of computing");
            }
            return await next ?? throw await EndedAsync(null);
        }
        catch (InvalidOperationException e)
        {
            // Its times are gone when it is.
            throw await EndedAsync(e);
        }
        catch (InvalidDataException e)
        {
            throw Bad("the process that reads it says something that makes no sense", e);
        }
    }

    /// <summary>Whether something ends in time, well or badly.</summary>
    private static async Task<bool> IsThereAsync(Task awaited, TimeSpan patience, CancellationToken cancellation)
    {
        if (awaited.IsCompleted) return true;
        await awaited.WaitAsync(patience, cancellation)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        if (awaited.IsCompleted) return true;
        cancellation.ThrowIfCancellationRequested();
        return false;
    }

    private async Task<ReadOnlyMemory<byte>> ContentAsync(long offset, int count, CancellationToken cancellation)
    {
        if (offset < 0 || count is < 0 or > LargestRequest) throw Bad("the process that reads it asks for what no file has");
        if (offset >= _file.Length) return default;
        if (_stream is null || _at != offset)
        {
            if (_stream is not null) await _stream.DisposeAsync();
            _stream = await _blobs!.OpenAsync(_file.Name, offset, cancellation);
        }
        var bytes = new byte[count];
        var got = await _stream.ReadAtLeastAsync(bytes, count, throwOnEndOfStream: false, cancellation);
        _at = offset + got;
        return bytes.AsMemory(0, got);
    }

    private async Task<Exception> EndedAsync(Exception? inner)
    {
        await _process.WaitForExitAsync();
        var (signal, words) = (_process.ExitCode - FirstSignal, await _errors);
        if (words.Contains("Out of memory", StringComparison.OrdinalIgnoreCase)) return TooLarge(inner);
        if (SignalsOfOthers.Contains(signal))
            return new TableProcessException(
                $"Reading the table {_blobs?.Location}/{_file.Name}: the process that reads it was ended from outside, by signal {signal}. "
                + "Try again; where nobody ended it, look whether the machine or container has run out of memory.", inner);
        return Bad(
            $"the process that reads it was ended by {(signal > 0 ? $"signal {signal}" : $"exit code {_process.ExitCode}")}"
            + (words.Length > 0 ? $" ({words})" : ""), inner);
    }

    /// <summary>On a larger machine it may be read, up to what one may take anywhere.</summary>
    private Exception TooLarge(Exception? inner)
    {
        var (memory, most) = (TableProgram.Memory >> 20, TableProgram.MostMemory >> 20);
        return memory < most
            ? new TableProcessException(
                $"Reading the table {_blobs?.Location}/{_file.Name}: what it describes takes more than the {memory} MiB, an eighth of this "
                + $"machine's memory, that reading a table may take here. Read it where there is more, up to {most} MiB for it, or write "
                + "it with smaller row groups.", inner)
            : Bad($"what it describes takes more than the {memory} MiB that reading a table may", inner);
    }

    /// <summary>Reads to the end, so that it never waits, and keeps the first line.</summary>
    private static async Task<string> FirstWordsAsync(StreamReader errors)
    {
        var first = "";
        var buffer = new char[4096];
        for (int got; (got = await errors.ReadAsync(buffer)) > 0;)
        {
            if (first.Length < LongestWords) first += new string(buffer, 0, got);
        }
        return Shortened(first.Split('\n').Select(l => l.Trim()).FirstOrDefault(l => l.Length > 0) ?? "").TrimEnd('.');
    }

    private static string Shortened(string words) =>
        string.Concat((words.Length > LongestWords ? words[..LongestWords] + "..." : words).Select(c => char.IsControl(c) ? ' ' : c));

    private BadInputException Bad(string found, Exception? inner = null)
    {
        var message = $"Reading the table {_blobs?.Location}/{_file.Name}: {found}. Fetch it anew, or leave it out.";
        return inner is null ? new(message) : new(message, inner);
    }
}
