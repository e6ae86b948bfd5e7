using System.Diagnostics;
using System.Text.RegularExpressions;
using PgmCluster.Data.Artifacts;

namespace PgmCluster.Execution.Work;

/// <summary>Writing what the work cannot end without: it waits until the disk takes it.</summary>
internal static class PatientWrite
{
    /// <summary>How long work that was asked to end goes on trying where only it has what is to be written.</summary>
    private static readonly TimeSpan LastTries = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private static readonly Regex TemporaryName = new(@"(/\.unfinished)?/\.tmp-[0-9a-f]{32}", RegexOptions.CultureInvariant);

    /// <summary>Writes; again and again while the disk is full or cannot be written.</summary>
    /// <param name="context">Of the work; warned once for each kind of trouble.</param>
    /// <param name="what">What is attempted, for the warning.</param>
    /// <param name="write">Writes all of it anew each time.</param>
    /// <exception cref="WorkInterruptedException">The work was asked to end, and the disk took nothing for two minutes more.</exception>
    /// <exception cref="IOException">Nothing that time or space could mend (<see cref="DiskTrouble"/>).</exception>
    public static void WriteWhenThereIsSpace(this WorkContext context, string what, Action write) =>
        context.WriteWhenThereIsSpace(what, () =>
        {
            write();
            return true;
        });

    /// <inheritdoc cref="WriteWhenThereIsSpace(WorkContext, string, Action)"/>
    /// <returns>What the writing gave.</returns>
    public static T WriteWhenThereIsSpace<T>(this WorkContext context, string what, Func<T> write) =>
        Write(context, what, write, LastTries);

    /// <summary>
    /// Writes a result that can be made again; again and again while the disk is full or cannot be written, until the work is asked to
    /// end. The device is not taken for hung meanwhile.
    /// </summary>
    /// <param name="context">Of the work; warned once for each kind of trouble.</param>
    /// <param name="name">The artifact's.</param>
    /// <param name="write">Writes all of it anew each time.</param>
    /// <exception cref="WorkInterruptedException">The work was asked to end before the disk took it.</exception>
    /// <exception cref="IOException">Nothing that time or space could mend (<see cref="DiskTrouble"/>).</exception>
    public static ArtifactInfo WriteResult(this WorkContext context, string name, Action<Stream> write) =>
        Write(context, $"Writing {name}", () => context.Artifacts.Write(name, write), TimeSpan.Zero, context.Judge);

    /// <summary>Waits until the disk takes anything at all; nothing is lost where the work is asked to end meanwhile.</summary>
    /// <param name="context">Of the work.</param>
    /// <param name="what">What it is for.</param>
    /// <param name="probe">Writes something.</param>
    /// <exception cref="WorkInterruptedException">The work was asked to end before the disk took it.</exception>
    /// <exception cref="IOException">Nothing that time or space could mend (<see cref="DiskTrouble"/>).</exception>
    public static void AwaitSpace(this WorkContext context, string what, Action probe) => Write(context, what, () =>
    {
        probe();
        return true;
    }, TimeSpan.Zero);

    private static T Write<T>(WorkContext context, string what, Func<T> write, TimeSpan lastTries, Action<bool>? judge = null)
    {
        string? said = null;
        long? asked = null;
        try
        {
            while (true)
            {
                try
                {
                    return write();
                }
                catch (Exception e) when (DiskTrouble.MayPass(e))
                {
                    if (said is null) judge?.Invoke(false);
                    // A temporary file has another name each time.
                    var reason = TemporaryName.Replace(e.Message, "");
                    if (said != reason)
                    {
                        var remedy = StoreRemedy.Sentence(e, "Artifacts are stored there");
                        var line = $"{what}: {reason} It is tried again until it can be written{remedy}.";
                        context.Warn(line);
                        context.Waits(line);
                    }
                    said = reason;
                }
                if (context.IsAskedToEnd)
                {
                    asked ??= Stopwatch.GetTimestamp();
                    if (Stopwatch.GetElapsedTime(asked.Value) >= lastTries) context.ThrowIfInterrupted();
                    Thread.Sleep(RetryDelay);
                }
                else
                {
                    context.Interrupted.WaitHandle.WaitOne(RetryDelay);
                }
            }
        }
        finally
        {
            if (said is not null)
            {
                context.Waits(null);
                judge?.Invoke(true);
            }
        }
    }
}
