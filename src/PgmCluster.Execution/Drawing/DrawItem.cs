using PgmCluster.Data;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Drawing.Orders;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Drawing;

/// <summary>
/// Work item <see cref="WorkKinds.Draw"/>: a model stays loaded, and its device draws what is wanted until nobody has wanted anything for
/// long, or the device is wanted for something else.
/// </summary>
public sealed class DrawItem(DrawWork work) : IWorkItem
{
    public string Run(WorkContext context)
    {
        var channel = context.Drawing
            ?? throw new BadInputException("Drawing while somebody waits: the work has nobody to ask what is wanted. Run it on a silo.");
        using var lanes = new ComputeLanes(Math.Max(1, context.Cores / work.Threads), work.Threads, context.Device.Name);
        using var drawer = new PictureDrawer(context, work, lanes.Count);
        var (busy, done, gate) = (0, 0L, new Lock());
        context.Judge(false);
        lanes.Run(lanes.Count, (lane, _) =>
        {
            IReadOnlyList<DrawnImage> drawn = [];
            while (!context.IsAskedToEnd && channel.Next(lane, drawer.Rows, drawn) is { } batch)
            {
                Busy(1);
                try
                {
                    drawn = drawer.Draw(batch);
                }
                catch (BadInputException e)
                {
                    // What one asks for and cannot have is nobody else's trouble.
                    drawn = [.. batch.Orders.Select(order => DrawnImage.Refused(order.Id, e.Message))];
                }
                finally
                {
                    Busy(-1);
                }
                var all = Interlocked.Add(ref done, drawn.Count);
                // One more is always to come.
                context.Progress(new WorkProgress(all, all + 1, "image"));
            }
        });
        context.ThrowIfInterrupted();
        return WorkJson.Write(new DrawResult(done));

        // Only a device at work can hang: waiting for somebody who wants something takes as long as it takes.
        void Busy(int change)
        {
            lock (gate)
            {
                if (busy == 0) context.Judge(true);
                busy += change;
                if (busy == 0) context.Judge(false);
            }
        }
    }
}
