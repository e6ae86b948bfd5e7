using System.Text;

namespace PgmCluster.Silo.Hosting;

/// <summary>Small files that other processes read at any moment.</summary>
internal static class AtomicFile
{
    /// <summary>Replaces <paramref name="path"/> so that a reader sees the old text or the new one, never a part.</summary>
    public static void Write(string path, string text)
    {
        var temporary = $"{path}.{Environment.ProcessId}.tmp";
        File.WriteAllText(temporary, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        File.Move(temporary, path, overwrite: true);
    }
}
