using System.Globalization;
using System.Text.Json;
using CsvHelper;
using CsvHelper.Configuration;

namespace PgmCluster.Data.Formats.Layouts;

/// <summary>The rows of a list of pictures.</summary>
internal static class PathList
{
    private static readonly string[] Paths = ["file_name", "filename", "path", "image_path", "image", "file"];
    private static readonly string[] Labels = ["label", "class", "class_name", "category", "target"];
    private const string SplitColumn = "split";

    /// <summary>A row.</summary>
    /// <param name="Path">As listed, without a leading "./".</param>
    /// <param name="Label">As written; null where there is none.</param>
    /// <param name="Split">As written; null where there is none.</param>
    /// <param name="Line">In the file, from 1.</param>
    public readonly record struct Row(string Path, string? Label, string? Split, int Line);

    /// <summary>Reads CSV with a header.</summary>
    /// <returns>Null where no column holds paths.</returns>
    /// <exception cref="BadInputException">It is broken; the message names the line.</exception>
    public static IReadOnlyList<Row>? OfCsv(string text, string path)
    {
        using var reader = new CsvReader(new StringReader(text), new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            DetectDelimiter = true,
            DetectDelimiterValues = [",", ";", "\t"],
            TrimOptions = TrimOptions.Trim,
            MissingFieldFound = null,
        });
        try
        {
            if (!reader.Read() || !reader.ReadHeader()) return null;
            string? Column(string[] names) => names.FirstOrDefault(n => reader.HeaderRecord!.Contains(n, StringComparer.OrdinalIgnoreCase));
            int At(string? name) =>
                name is null ? -1 : Array.FindIndex(reader.HeaderRecord!, h => h.Equals(name, StringComparison.OrdinalIgnoreCase));
            var (paths, labels, splits) = (At(Column(Paths)), At(Column(Labels)), At(Column([SplitColumn])));
            if (paths < 0) return null;
            var rows = new List<Row>();
            while (reader.Read())
            {
                string? Cell(int at) => at < 0 || reader.GetField(at) is not { Length: > 0 } cell ? null : cell;
                rows.Add(new Row(
                    Plain(Cell(paths) ?? throw Bad(path, reader.Parser.RawRow, "it has no path")), Cell(labels), Cell(splits),
                    reader.Parser.RawRow));
            }
            return rows;
        }
        catch (CsvHelperException e)
        {
            throw Bad(path, reader.Parser.RawRow, e.Message.Split('\n', '.')[0].Trim());
        }
    }

    /// <summary>Reads an object a line.</summary>
    /// <returns>Null where the first object holds no path.</returns>
    /// <exception cref="BadInputException">A line is no object; the message names it.</exception>
    public static IReadOnlyList<Row>? OfJsonLines(string text, string path)
    {
        var rows = new List<Row>();
        var line = 0;
        foreach (var json in text.Split('\n'))
        {
            line++;
            if (string.IsNullOrWhiteSpace(json)) continue;
            try
            {
                using var document = JsonDocument.Parse(json);
                if (document.RootElement.ValueKind != JsonValueKind.Object) throw Bad(path, line, "it is no JSON object");
                var file = Value(document.RootElement, Paths);
                if (file is null && rows.Count == 0) return null;
                rows.Add(new Row(
                    Plain(file ?? throw Bad(path, line, "it has no path")), Value(document.RootElement, Labels),
                    Value(document.RootElement, [SplitColumn]), line));
            }
            catch (JsonException)
            {
                throw Bad(path, line, "it is no JSON");
            }
        }
        return rows;
    }

    private static string? Value(JsonElement row, string[] names)
    {
        foreach (var name in names)
        {
            if (!row.TryGetProperty(name, out var value)) continue;
            if (value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text) return text;
            if (value.ValueKind == JsonValueKind.Number) return value.GetRawText();
        }
        return null;
    }

    private static string Plain(string path) => path.StartsWith("./", StringComparison.Ordinal) ? path[2..] : path;

    private static BadInputException Bad(string path, int line, string found) =>
        new($"Reading the list {path}, line {line}: {found}. Mend the line.");
}
