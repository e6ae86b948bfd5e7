using System.Runtime.ExceptionServices;
using PgmCluster.Modeling.Runtime;

namespace PgmCluster.Execution.Devices;

/// <summary>
/// Threads that share one piece of work on a CPU device: each computes other parts, none waits for another inside an operator. Which lane
/// computes a part changes nothing in its result. A GPU takes what it is to compute in one row, each part with all that it has: it has one
/// lane.
/// </summary>
public sealed class ComputeLanes : IDisposable
{
    private readonly Lane[] _lanes;

    /// <param name="count">Number of lanes on a CPU.</param>
    /// <param name="threads">Threads inside one operator of a lane.</param>
    /// <param name="device">Device whose lanes they are; on CPUs they run below normal priority.</param>
    public ComputeLanes(int count, int threads, string device) =>
        _lanes =
        [
            .. Enumerable.Range(0, ComputeDevice.IsBesideCpu(device) ? 1 : count)
                .Select(i => new Lane($"pgm-{device}-{i}", threads, device.StartsWith("cpu", StringComparison.Ordinal))),
        ];

    public int Count => _lanes.Length;

    /// <summary>The first of a lane's contiguous range of parts.</summary>
    public int FirstPart(int parts, int lane) => (int)((long)parts * lane / _lanes.Length);

    /// <summary>Runs <paramref name="body"/> for every part, contiguous ranges of them on each lane, and waits for all.</summary>
    /// <param name="parts">Number of parts.</param>
    /// <param name="body">Receives part and lane. Opens its own dispose scope.</param>
    /// <remarks>If parts fail, the failure of the first of them is thrown, after all lanes have ended.</remarks>
    public void Run(int parts, Action<int, int> body) => Run(body, lane =>
    {
        var (part, end) = (FirstPart(parts, lane), FirstPart(parts, lane + 1));
        return () => part < end ? part++ : -1;
    });

    /// <summary>
    /// As <see cref="Run(int, Action{int, int})"/>, but each lane goes on with the first part that nobody has begun, for parts whose inputs
    /// come in their order; and none is begun after one has failed.
    /// </summary>
    public void RunInOrder(int parts, Action<int, int> body)
    {
        var (begun, isFailed) = (-1, false);
        Run(
            (part, lane) =>
            {
                try
                {
                    body(part, lane);
                }
                catch
                {
                    Volatile.Write(ref isFailed, true);
                    throw;
                }
            },
            _ => () => !Volatile.Read(ref isFailed) && Interlocked.Increment(ref begun) is var part && part < parts ? part : -1);
    }

    /// <param name="body">Receives part and lane.</param>
    /// <param name="partsOf">For a lane, what gives its next part; -1 at the end.</param>
    private void Run(Action<int, int> body, Func<int, Func<int>> partsOf)
    {
        using var done = new CountdownEvent(_lanes.Length);
        var failures = new (int Part, ExceptionDispatchInfo Failure)?[_lanes.Length];
        for (var lane = 0; lane < _lanes.Length; lane++)
        {
            var (index, next) = (lane, partsOf(lane));
            _lanes[lane].Start(() =>
            {
                var part = -1;
                try
                {
                    while ((part = next()) >= 0) body(part, index);
                }
                catch (Exception e)
                {
                    failures[index] = (part, ExceptionDispatchInfo.Capture(e));
                }
                finally
                {
                    done.Signal();
                }
            });
        }
        done.Wait();
        failures.Where(f => f is not null).OrderBy(f => f!.Value.Part).FirstOrDefault()?.Failure.Throw();
    }

    public void Dispose()
    {
        foreach (var lane in _lanes) lane.Dispose();
    }

    private sealed class Lane : IDisposable
    {
        private readonly AutoResetEvent _begin = new(false);
        private readonly Thread _thread;
        private Action? _next;

        public Lane(string name, int threads, bool lowerPriority)
        {
            _thread = new Thread(() =>
            {
                NativeRuntime.PrepareDeviceThread(threads, lowerPriority);
                while (true)
                {
                    _begin.WaitOne();
                    if (_next is not { } next) return;
                    next();
                }
            })
            { IsBackground = true, Name = name };
            _thread.Start();
        }

        public void Start(Action work)
        {
            _next = work;
            _begin.Set();
        }

        public void Dispose()
        {
            _next = null;
            _begin.Set();
            _thread.Join();
            _begin.Dispose();
        }
    }
}
