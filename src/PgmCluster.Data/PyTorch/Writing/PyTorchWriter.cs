using System.Globalization;
using PgmCluster.Data.Pickles;
using PgmCluster.Data.Zip;

namespace PgmCluster.Data.PyTorch.Writing;

/// <summary>
/// Writes what <c>torch.load(weights_only=True)</c> reads: the zip file that <c>torch.save</c> makes since PyTorch 1.6. The bytes depend on
/// nothing but the values, so equal content has an equal hash.
/// </summary>
public static class PyTorchWriter
{
    private const string Archive = "archive";

    /// <summary>Writes a whole file from the stream's position on; the stream need not seek.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="root">
    /// A tree of null, bool, int, long, double, string, <c>object?[]</c> (tuples), <c>List&lt;object?&gt;</c>,
    /// <see cref="PickleDictionary"/> and <see cref="TensorContent"/>, whose bytes are asked for one after another and not kept.
    /// </param>
    /// <exception cref="NotSupportedException">Another value, or a tensor of a type without storages in PyTorch.</exception>
    /// <exception cref="InvalidOperationException">A tensor gave more or fewer bytes than its shape says.</exception>
    public static void Write(Stream stream, object? root)
    {
        var (pickle, storages) = PickleWriter.Write(root);
        var zip = new ZipRecordWriter(stream);
        zip.Add($"{Archive}/data.pkl", pickle.Length, to => to.Write(pickle.Span));
        zip.Add($"{Archive}/byteorder", 6, to => to.Write("little"u8));
        for (var i = 0; i < storages.Count; i++)
            zip.Add(string.Create(CultureInfo.InvariantCulture, $"{Archive}/data/{i}"), storages[i].Length, storages[i].WriteTo);
        zip.Add($"{Archive}/version", 2, to => to.Write("3\n"u8));
        zip.Finish();
    }
}
