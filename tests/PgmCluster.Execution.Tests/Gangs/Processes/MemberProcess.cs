using System.Diagnostics;
using PgmCluster.Execution.Wire;
using PgmCluster.Execution.Work;
using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Execution.Tests.Gangs.Processes;

/// <summary>A process that is a member of a gang, and this one's end of what it says and is told.</summary>
internal sealed class MemberProcess : IDisposable
{
    /// <summary>A process that says nothing for so long hangs, on however slow a machine.</summary>
    private static readonly TimeSpan s_longestSilence = TimeSpan.FromMinutes(3);

    private readonly string _worker;
    private readonly Process _process;
    private readonly Task<string> _errors;
    private readonly List<MemberLine> _lines = [];
    private IGangChannel? _channel;

    public MemberProcess(string worker, string store, string work)
    {
        _worker = worker;
        var start = new ProcessStartInfo(Dotnet.Program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Many processes on few cores: none may use several, or wait for the others of its own in a circle that turns.
        start.Environment["OMP_NUM_THREADS"] = start.Environment["MKL_NUM_THREADS"] = "1";
        foreach (var argument in new[] { "exec", typeof(MemberProgram).Assembly.Location, MemberProgram.Asked, worker, store, work })
            start.ArgumentList.Add(argument);
        _process = Process.Start(start)!;
        _errors = _process.StandardError.ReadToEndAsync();
        new Thread(Listen) { IsBackground = true }.Start();
    }

    /// <summary>What it had sent and connected when it last came to a meeting.</summary>
    public MemberLine LastMeeting
    {
        get { lock (_lines) return _lines.Last(l => l.Kind == "meet"); }
    }

    /// <summary>Goes to a place and begins.</summary>
    public void Join(MeetingPlace place)
    {
        _channel = place.Add(_worker, Await("ready").Text);
        GoOn();
    }

    /// <summary>Takes the next step after one that it has said.</summary>
    public void GoOn() => Tell("on");

    /// <summary>The gang is to form again after the present step.</summary>
    public void WantChange() => Tell("change");

    /// <summary>Waits until it has said something.</summary>
    /// <exception cref="InvalidOperationException">It has ended without, or hangs.</exception>
    public MemberLine Await(string kind, long step = 0)
    {
        lock (_lines)
        {
            while (true)
            {
                if (_lines.FirstOrDefault(l => l.Kind == kind && l.Step == step) is { } line) return line;
                if (_lines is [.., { Kind: "ended" }])
                    throw new InvalidOperationException($"{_worker} ended without saying '{kind}': {_errors.GetAwaiter().GetResult()}");
                if (Monitor.Wait(_lines, s_longestSilence)) continue;
                throw new InvalidOperationException(
                    $"{_worker} was to say '{kind}' of step {step} and said nothing for {s_longestSilence}; before: {string.Join(", ", _lines)}");
            }
        }
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private void Listen()
    {
        while (_process.StandardOutput.ReadLine() is { } text)
        {
            if (!text.StartsWith(MemberLine.Mark, StringComparison.Ordinal)) continue;
            var line = WorkJson.Read<MemberLine>(text[MemberLine.Mark.Length..]);
            Hear(line);
            if (line.Kind == "meet" && _channel!.Meet(line.Step, line.Lost) is { } seat) Tell(WorkJson.Write(seat));
        }
        Hear(new MemberLine("ended"));
    }

    private void Hear(MemberLine line)
    {
        lock (_lines)
        {
            _lines.Add(line);
            Monitor.PulseAll(_lines);
        }
    }

    private void Tell(string line)
    {
        lock (_process)
        {
            _process.StandardInput.WriteLine(line);
            _process.StandardInput.Flush();
        }
    }
}
