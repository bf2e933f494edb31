using System.IO.Compression;
using ModelBuild.Compiler.Graphs;
using ModelBuild.SampleModels;
using ModelBuild.TestSupport;

// Makes samples/Faces/models/faces.onnx and samples/Faces/calibration/pictures.npz anew.
if (args is not [string network, string pictures])
{
    Console.Error.WriteLine(
        """
        usage: ModelBuild.SampleModels BLAZEFACE.onnx PICTURES

        Makes the model of samples/Faces, and the samples that int8 is calibrated with.

          BLAZEFACE.onnx   MediaPipe's face_detection_back_256x256, converted by tf2onnx
          PICTURES         a folder with scikit-image's astronaut.png, chelsea.png, coffee.png and rocket.jpg
        """);
    return 2;
}

// The whole picture of the astronaut is what the sample is shown with: int8 has never seen it.
Crop[] crops =
[
    new("astronaut.png", 90, 0, 280, IsMirrored: true),
    new("astronaut.png", 140, 40, 170, Light: 0.8f),
    new("astronaut.png", -300, -200, 1100, Light: 1.1f),
    new("astronaut.png", -600, -500, 1700, IsMirrored: true),
    new("chelsea.png", 0, -75.5f, 451),
    new("chelsea.png", 60, 0, 260),
    new("rocket.jpg", 0, -106.5f, 640),
    new("rocket.jpg", 100, 50, 300, Light: 1.2f),
    new("coffee.png", 0, -100, 600),
    new("coffee.png", 150, 50, 300, Light: 0.7f, IsMirrored: true),
];
byte[][] squares = [.. crops.Select(c => c.Draw(pictures, FaceModel.Side))];
File.WriteAllBytes(Repository.Faces("models", "faces.onnx"), FaceModel.Write(File.ReadAllBytes(network), squares));
Tensor samples = Tensor.Of(squares.SelectMany(s => s).ToArray(), squares.Length, FaceModel.Side, FaceModel.Side, 4);
File.WriteAllBytes(
    Repository.Faces("calibration", "pictures.npz"),
    NumpyFile.Npz(CompressionLevel.SmallestSize, ("pixels", NumpyFile.Npy(samples))));
return 0;
