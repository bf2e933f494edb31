using ModelBuild.Training;
using TorchSharp;

namespace Compress;

/// <summary>Draws the largest layer while it is pruned, at a few steps of the schedule.</summary>
internal sealed class MaskPictures(Trainer trainer, string folder)
{
    /// <summary>Rows and columns of the part that is drawn.</summary>
    private const int Side = 64;

    private readonly Queue<double> _wanted = new([0, 0.5, 0.7, 0.8, 0.9]);
    private readonly List<MaskPicture> _pictures = [];
    private readonly string _layer = trainer.Weights.MaxBy(name =>
    {
        using torch.Tensor weight = trainer.Weight(name);
        return weight.numel();
    })!;

    /// <summary>Draws where the next of the wanted sparsities is reached.</summary>
    /// <param name="sparsity">Of the whole model, 0 to 1.</param>
    public void Look(double sparsity)
    {
        // A schedule reaches its last sparsity up to the rounding of one weight.
        if (!_wanted.TryPeek(out double next) || sparsity < next - 1e-4)
        {
            return;
        }

        while (_wanted.TryPeek(out next) && sparsity >= next - 1e-4)
        {
            _wanted.Dequeue();
        }

        var picture = new MaskPicture($"{sparsity:P0} of all weights are zero", Kept());
        _pictures.Add(picture);
        MaskPicture.Write(Path.Combine(folder, $"mask-{sparsity * 100:F0}.svg"), [picture]);
    }

    /// <summary>Draws all of them once more, side by side.</summary>
    /// <returns>The file.</returns>
    public string Write()
    {
        string file = Path.Combine(folder, "masks.svg");
        MaskPicture.Write(file, _pictures);
        return file;
    }

    private bool[,] Kept()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor rows = trainer.Weight(_layer).flatten(1);
        long height = Math.Min(Side, rows.shape[0]);
        long width = Math.Min(Side, rows.shape[1]);
        bool[] kept = rows.narrow(0, 0, height).narrow(1, 0, width).contiguous().ne(0).data<bool>().ToArray();
        var picture = new bool[height, width];
        for (int i = 0; i < kept.Length; i++)
        {
            picture[i / width, i % width] = kept[i];
        }

        return picture;
    }
}
