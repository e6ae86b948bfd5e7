using System.Text.RegularExpressions;
using PgmCluster.Execution.Doctor;

namespace PgmCluster.Silo.Doctor;

/// <summary>Makes findings of the program's own messages, which say what was attempted, what was found and what to do.</summary>
public static class Findings
{
    private static readonly Regex SentenceEnd = new(@"\. (?=[A-Z])", RegexOptions.CultureInvariant);

    /// <summary>A message in one line as a line of the doctor: what stands behind its first sentence is the advice.</summary>
    public static Finding Failed(string subject, string message)
    {
        var text = message.ReplaceLineEndings(" ").Trim();
        var end = SentenceEnd.Match(text);
        return end.Success ? Finding.Failed(subject, text[..end.Index], text[(end.Index + 2)..])
            : Finding.Failed(subject, text, "See deploy/docs/doctor.md.");
    }
}
