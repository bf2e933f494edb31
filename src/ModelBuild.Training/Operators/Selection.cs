using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace ModelBuild.Training.Operators;

/// <summary>Operators that take elements from places, or put them there.</summary>
internal static class Selection
{
    public static IEnumerable<(string Type, Func<NodeCall, Tensor> Translate)> All =>
    [
        ("Gather", Gather),
        ("GatherElements", call =>
        {
            long axis = call.Node.Axis(call.Rank);
            return call[0].gather(axis, FromStart(call[1], call[0].shape[axis]));
        }),
        ("GatherND", GatherNd),
        ("ScatterElements", ScatterElements),
        ("Scatter", ScatterElements),
        ("ScatterND", ScatterNd),
        ("Slice", Slice),
        ("Compress", Compress),
        ("OneHot", OneHot),
        ("ReverseSequence", ReverseSequence),
    ];

    /// <summary>Places counted from the end become such from the start.</summary>
    private static Tensor FromStart(Tensor places, long length)
    {
        Tensor wide = places.to(torch.ScalarType.Int64);
        return torch.where(wide.lt(Scalars.Of(0)), wide.Plus(length), wide);
    }

    private static Tensor Gather(NodeCall call)
    {
        int axis = call.Node.Axis(call.Rank);
        long[] shape = call[0].shape;
        Tensor places = FromStart(call[1], shape[axis]);
        return call[0].index_select(axis, places.reshape(-1)).reshape([.. shape[..axis], .. places.shape, .. shape[(axis + 1)..]]);
    }

    /// <summary>Tuples along the last axis choose what lies at them, for each element of the first axes.</summary>
    private static Tensor GatherNd(NodeCall call)
    {
        int batch = (int)call.Node.Int("batch_dims");
        long[] shape = call[0].shape;
        long[] places = call[1].shape;
        int chosen = (int)places[^1];
        Tensor rows = FlatPlaces(call[0], call[1], batch);
        long[] rest = shape[(batch + chosen)..];
        Tensor flat = call[0].reshape([-1, .. rest]);
        return flat.index_select(0, rows.reshape(-1)).reshape([.. places[..^1], .. rest]);
    }

    /// <summary>The number of the element, or slice, that each tuple stands for.</summary>
    private static Tensor FlatPlaces(Tensor data, Tensor places, int batch)
    {
        long[] shape = data.shape;
        int chosen = (int)places.shape[^1];
        Tensor sum = torch.zeros(places.shape[..^1], torch.ScalarType.Int64, data.device);
        for (int i = 0; i < chosen; i++)
        {
            long length = shape[batch + i];
            sum = (sum * Scalars.Of(length)).Plus(FromStart(places.select(-1, i), length));
        }

        long stride = shape[batch..(batch + chosen)].Aggregate(1L, (product, d) => product * d);
        for (int b = batch - 1; b >= 0; b--)
        {
            long[] along = [.. Enumerable.Range(0, (int)sum.dim()).Select(a => a == b ? shape[b] : 1L)];
            sum = sum.Plus(Scalars.UpTo(shape[b], data.device).reshape(along) * Scalars.Of(stride));
            stride *= shape[b];
        }

        return sum;
    }

    private static Tensor ScatterElements(NodeCall call)
    {
        long axis = call.Node.Axis(call.Rank);
        Tensor places = FromStart(call[1], call[0].shape[axis]);
        return call.Node.Text("reduction", "none") switch
        {
            "none" => call[0].scatter(axis, places, call[2]),
            "add" => call[0].scatter_add(axis, places, call[2]),
            string other => throw Unknown(other),
        };
    }

    private static Tensor ScatterNd(NodeCall call)
    {
        long[] shape = call[0].shape;
        int chosen = (int)call[1].shape[^1];
        Tensor rows = FlatPlaces(call[0], call[1], 0).reshape(-1);
        long[] rest = shape[chosen..];
        Tensor flat = call[0].reshape([-1, .. rest]);
        Tensor updates = call[2].reshape([-1, .. rest]);
        Tensor result = call.Node.Text("reduction", "none") switch
        {
            "none" => flat.index_copy(0, rows, updates),
            "add" => flat.index_add(0, rows, updates, Scalars.Of(1)),
            string other => throw Unknown(other),
        };
        return result.reshape(shape);
    }

    private static NotSupportedException Unknown(string reduction) => new($"The reduction '{reduction}' is computed by the compiler.");

    private static Tensor Slice(NodeCall call)
    {
        long[] starts = call.Numbers(1)!;
        long[] ends = call.Numbers(2)!;
        long[] axes = call.Numbers(3) ?? [.. Enumerable.Range(0, starts.Length).Select(a => (long)a)];
        long[] steps = call.Numbers(4) ?? [.. Enumerable.Repeat(1L, starts.Length)];
        Tensor x = call[0];
        for (int i = 0; i < axes.Length; i++)
        {
            long axis = NodeCall.Axis(axes[i], call.Rank);
            long length = x.shape[axis];
            long start = FromEnd(starts[i], length);
            long end = FromEnd(ends[i], length);
            if (steps[i] > 0)
            {
                start = Math.Clamp(start, 0, length);
                x = x.slice(axis, start, Math.Clamp(end, start, length), steps[i]);
                continue;
            }

            // Backwards: LibTorch has no such view.
            start = Math.Clamp(start, -1, length - 1);
            end = Math.Clamp(end, -1, length - 1);
            var places = new List<long>();
            for (long at = start; at > end; at += steps[i])
            {
                places.Add(at);
            }

            x = x.index_select(axis, torch.tensor(places.ToArray(), torch.ScalarType.Int64, x.device));
        }

        return x.alias();
    }

    /// <summary>Bounds far outside stand for the end: long.MinValue too, to which nothing can be added.</summary>
    private static long FromEnd(long bound, long length) => bound < 0 ? Math.Max(bound, -(1L << 40)) + length : bound;

    private static Tensor Compress(NodeCall call)
    {
        bool hasAxis = call.Node.Has("axis");
        Tensor x = hasAxis ? call[0] : call[0].reshape(-1);
        long axis = hasAxis ? call.Node.Axis(call.Rank) : 0;
        return x.index_select(axis, call[1].nonzero().reshape(-1));
    }

    private static Tensor OneHot(NodeCall call)
    {
        long depth = call.Numbers(1)![0];
        Tensor places = FromStart(call[0], depth);
        long axis = NodeCall.Axis(call.Node.Int("axis", -1), call.Rank + 1);
        long[] along = [.. Enumerable.Range(0, call.Rank + 1).Select(a => a == axis ? depth : 1L)];
        Tensor isHot = places.unsqueeze(axis).eq(Scalars.UpTo(depth, places.device).reshape(along));
        return torch.where(isHot, call[2].select(0, 1), call[2].select(0, 0));
    }

    private static Tensor ReverseSequence(NodeCall call)
    {
        long time = call.Node.Int("time_axis");
        long batch = call.Node.Int("batch_axis", 1);
        long steps = call[0].shape[time];
        Tensor lengths = call[1].to(torch.ScalarType.Int64).reshape(1, -1);
        Tensor at = Scalars.UpTo(steps, call[0].device).reshape(-1, 1);
        Tensor places = torch.where(at.lt(lengths), lengths - Scalars.Of(1) - at, at);
        places = time == 0 ? places : places.t();
        long[] along = [.. Enumerable.Range(0, call.Rank).Select(a => a == time || a == batch ? call[0].shape[a] : 1L)];
        return call[0].gather(time, places.reshape(along).expand(call[0].shape));
    }
}
