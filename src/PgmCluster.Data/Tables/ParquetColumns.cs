using Parquet.Schema;

namespace PgmCluster.Data.Tables;

/// <summary>
/// Which columns of a Parquet file hold pictures and labels: those that Hugging Face's metadata name, else by kind and name.
/// </summary>
/// <param name="Bytes">The pictures' bytes; null where the file has only paths.</param>
/// <param name="Path">Their paths; null where it has none.</param>
/// <param name="Label">Null where it has none.</param>
/// <param name="ClassNames">Of the label column, where they are known.</param>
internal sealed record ParquetColumns(DataField? Bytes, DataField? Path, DataField? Label, IReadOnlyList<string>? ClassNames)
{
    private static readonly string[] Pictures = ["image", "img", "jpg", "jpeg", "png", "webp", "picture", "image_bytes", "bytes"];
    private static readonly string[] Paths = ["file_name", "filename", "path", "image_path", "image", "file"];
    private static readonly string[] LabelNames = ["label", "fine_label", "labels", "class", "cls", "class_name", "category", "target"];

    /// <summary>For people.</summary>
    public string Words => $"{(Bytes ?? Path)!.Path}{(Label is null ? "" : $", {Label.Path}")}";

    /// <exception cref="FormatException">No column holds pictures.</exception>
    public static ParquetColumns Of(ParquetSchema schema, HuggingFaceFeatures features)
    {
        var (bytes, path) = Picture(schema, features.Image);
        if (bytes is null && path is null)
            throw new FormatException(
                $"none of its columns ({Few(schema)}) holds pictures: a struct of 'bytes' and 'path', bytes, or a text called 'path'");
        var named = LabelNames.Where(n => features.Labels.Any(l => l.Column == n)).Concat(features.Labels.Select(l => l.Column))
            .Concat(LabelNames);
        var label = named.Select(n => Top(schema, n)).OfType<DataField>().FirstOrDefault(f => f != bytes && f != path && IsLabel(f));
        return new ParquetColumns(bytes, path, label, features.Labels.FirstOrDefault(l => l.Column == label?.Name).Names);
    }

    private static (DataField? Bytes, DataField? Path) Picture(ParquetSchema schema, string? named)
    {
        IEnumerable<Field> candidates = named is not null && Find(schema, named) is { } field
            ? [field]
            : Pictures.Select(n => Find(schema, n)).OfType<Field>().Concat(schema.Fields).ToList();
        foreach (var candidate in candidates)
        {
            if (candidate is StructField pair)
            {
                var parts = pair.Fields.OfType<DataField>().ToList();
                var (bytes, path) = (parts.Find(f => f.Name == "bytes" && IsBytes(f)), parts.Find(f => f.Name == "path" && IsText(f)));
                if (bytes is not null || path is not null) return (bytes, path);
            }
            else if (candidate is DataField plain && IsBytes(plain) && !plain.IsArray)
            {
                return (plain, null);
            }
        }
        return (null, Paths.Select(n => Top(schema, n)).OfType<DataField>().FirstOrDefault(IsText));
    }

    private static Field? Find(ParquetSchema schema, string name) => schema.Fields.FirstOrDefault(f => f.Name == name);

    private static DataField? Top(ParquetSchema schema, string name) => Find(schema, name) as DataField;

    private static bool IsBytes(DataField field) =>
        field.ClrType == typeof(byte[]) || field.ClrType == typeof(ReadOnlyMemory<byte>);

    private static bool IsText(DataField field) =>
        field.ClrType == typeof(string) || field.ClrType == typeof(ReadOnlyMemory<char>);

    private static bool IsLabel(DataField field) => field.MaxRepetitionLevel == 0
        && (IsText(field) || field.ClrType == typeof(long) || field.ClrType == typeof(int) || field.ClrType == typeof(short)
            || field.ClrType == typeof(byte) || field.ClrType == typeof(sbyte) || field.ClrType == typeof(ushort));

    private static string Few(ParquetSchema schema) => Names.FewOf.List([.. schema.Fields.Select(f => $"'{f.Name}'")], 8);
}
