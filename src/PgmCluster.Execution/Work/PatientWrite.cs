using System.Diagnostics;
using System.Text.RegularExpressions;

namespace PgmCluster.Execution.Work;

/// <summary>Writing what the work cannot end without: it waits until the disk takes it.</summary>
internal static class PatientWrite
{
    /// <summary>How long work that was asked to end goes on trying.</summary>
    private static readonly TimeSpan LastTries = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private static readonly Regex TemporaryName = new(@"/\.tmp-[0-9a-f]{32}", RegexOptions.CultureInvariant);

    /// <summary>Writes; again and again while the disk is full or cannot be written.</summary>
    /// <param name="context">Of the work; warned once for each kind of trouble.</param>
    /// <param name="what">What is attempted, for the warning.</param>
    /// <param name="write">Writes all of it anew each time.</param>
    /// <exception cref="WorkInterruptedException">The work was asked to end, and the disk took nothing for two minutes more.</exception>
    public static void WriteWhenThereIsSpace(this WorkContext context, string what, Action write) =>
        context.WriteWhenThereIsSpace(what, () =>
        {
            write();
            return true;
        });

    /// <inheritdoc cref="WriteWhenThereIsSpace(WorkContext, string, Action)"/>
    /// <returns>What the writing gave.</returns>
    public static T WriteWhenThereIsSpace<T>(this WorkContext context, string what, Func<T> write)
    {
        string? said = null;
        long? asked = null;
        while (true)
        {
            try
            {
                var written = write();
                if (said is not null) context.Waits(null);
                return written;
            }
            catch (Exception e) when (IsTroubleWithDisk(e))
            {
                // A temporary file has another name each time.
                var reason = TemporaryName.Replace(e.Message, "");
                if (said != reason)
                {
                    var line = $"{what}: {reason} It is tried again until it can be written; free space where the artifacts are, or make them writable.";
                    context.Warn(line);
                    context.Waits(line);
                }
                said = reason;
            }
            if (context.IsAskedToEnd)
            {
                asked ??= Stopwatch.GetTimestamp();
                if (Stopwatch.GetElapsedTime(asked.Value) > LastTries) context.ThrowIfInterrupted();
            }
            Thread.Sleep(RetryDelay);
        }
    }

    /// <summary>Whether a later attempt may succeed: full, read-only or away.</summary>
    public static bool IsTroubleWithDisk(Exception e) => e is IOException or UnauthorizedAccessException;
}
