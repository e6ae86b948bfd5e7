using System.Text.Json;
using PgmCluster.Data.Blobs;
using PgmCluster.Data.Tables;

namespace PgmCluster.Data.Tokens;

/// <summary>
/// Tokens that Hugging Face's <c>save_to_disk</c> wrote, as the public code does (extract_vq_features.py): a directory per split with
/// <c>data-00000-of-00001.arrow</c> and its like, each row a picture's codes behind one token that begins it, and its label.
/// </summary>
public static class SavedTokens
{
    private const string StateFile = "state.json";
    private const int LargestState = 16 << 20;

    /// <summary>The files of a split, in order.</summary>
    /// <param name="directory">Of the split, or one that has the split as a directory.</param>
    /// <param name="split">The split's name there.</param>
    /// <exception cref="BadInputException">There are none, or one that is listed is not there.</exception>
    public static (string Directory, IReadOnlyList<string> Files) Find(string directory, string split)
    {
        var place = Directory.Exists(Path.Combine(directory, split)) ? Path.Combine(directory, split) : directory;
        if (!Directory.Exists(place)) throw Bad(directory, "there is no such directory", "Check the path");
        var files = Listed(place)
            ?? [.. Directory.GetFiles(place, "*.arrow").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];
        if (files.Count == 0)
            throw Bad(place, "it has no .arrow files", "Give a directory that save_to_disk wrote, and its split with --split");
        if (files.FirstOrDefault(f => f != Path.GetFileName(f) || !File.Exists(Path.Combine(place, f))) is { } gone)
            throw Bad(place, $"its {StateFile} lists {gone}, which is not there", "Copy the directory whole");
        return (place, files);
    }

    /// <summary>Reads a file into a shard.</summary>
    /// <param name="directory">Where it is.</param>
    /// <param name="file">Its name.</param>
    /// <param name="codebook">Codes are below.</param>
    /// <param name="metadata">Of the shard, where the file was not exported by this program.</param>
    /// <param name="read">Told how many pictures were read.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <param name="imports">Where links may lead; null for anywhere.</param>
    /// <exception cref="BadInputException">
    /// It is damaged, holds other codes or no square of them, or was made by another tokenizer than <paramref name="metadata"/> says.
    /// </exception>
    public static async Task<TokenShardWriter> ReadAsync(
        string directory, string file, int codebook, IReadOnlyDictionary<string, string> metadata, Action<int> read,
        CancellationToken cancellation, ImportRoots? imports = null)
    {
        var path = Path.Combine(directory, file);
        var process = await TableProcesses.TakeAsync(cancellation);
        try
        {
            var blob = new Blob(file, new FileInfo(path).Length);
            var layout = await process.OpenAsync(TableKinds.Tokens, new DirectoryBlobs(directory, imports), blob, cancellation);
            foreach (var (key, value) in metadata)
            {
                if (layout.Metadata?.GetValueOrDefault(key) is { } other && other != value)
                    throw Bad(path, $"it was made with the {key} {other}, and {value} is named", $"Name that {key}");
            }
            TokenShardWriter? shard = null;
            await foreach (var content in process.ReadAsync(new ReadRows(0, 0, ReadRows.All), cancellation))
            {
                var rows = process.TokensOf(content);
                shard ??= Begin(path, rows, codebook);
                Add(shard, rows, codebook, path);
                read(shard.Count);
            }
            if (shard is null) throw Bad(path, "it holds no rows", "Leave it out");
            foreach (var (key, value) in layout.Metadata ?? metadata) shard.Metadata[key] = value;
            return shard;
        }
        finally
        {
            await TableProcesses.GiveBackAsync(process);
        }
    }

    private static TokenShardWriter Begin(string path, TokenRows rows, int codebook)
    {
        // A square number of codes behind one token that is none, or without it.
        var (width, hasFirst) = (rows.Width, Side(rows.Width) is null);
        var side = Side(hasFirst ? width - 1 : width);
        if (side is null || (hasFirst && rows.Tokens[0] < codebook))
            throw Bad(
                path, $"a row has {width} tokens, which are no square of codes, with or without a token at its beginning",
                "Give tokens of square pictures");
        return new TokenShardWriter(side.Value, side.Value);
    }

    private static void Add(TokenShardWriter shard, TokenRows rows, int codebook, string path)
    {
        var cells = shard.Height * shard.Width;
        var codes = new ushort[cells];
        for (var row = 0; row < rows.Labels.Length; row++)
        {
            var tokens = rows.Tokens.AsSpan((row + 1) * rows.Width - cells, cells);
            for (var i = 0; i < cells; i++)
            {
                if (tokens[i] < 0 || tokens[i] >= codebook || tokens[i] > ushort.MaxValue)
                    throw Bad(
                        path, $"picture {shard.Count} has the code {tokens[i]}, and the tokenizer a codebook of {codebook}",
                        "Name the tokenizer that the tokens were made with");
                codes[i] = (ushort)tokens[i];
            }
            shard.Add(codes, rows.Labels[row]);
        }
    }

    private static int? Side(int cells)
    {
        var side = (int)Math.Round(Math.Sqrt(cells));
        return side > 0 && side * side == cells ? side : null;
    }

    private static List<string>? Listed(string directory)
    {
        var path = Path.Combine(directory, StateFile);
        if (!File.Exists(path)) return null;
        try
        {
            if (new FileInfo(path).Length > LargestState) throw new JsonException();
            using var state = JsonDocument.Parse(File.ReadAllBytes(path));
            return [.. state.RootElement.GetProperty("_data_files").EnumerateArray().Select(f => f.GetProperty("filename").GetString()!)];
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new BadInputException($"Reading {path}: it does not list the directory's files. Copy the directory whole.", e);
        }
    }

    private static BadInputException Bad(string path, string found, string advice) => new($"Reading the tokens {path}: {found}. {advice}.");
}
